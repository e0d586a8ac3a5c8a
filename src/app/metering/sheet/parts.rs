//! What a sum is made of: a bar a group, each the way to that group alone.

use leptos::prelude::*;
use tenantry_domain::metering::Chart;
use tenantry_kernel::{
    TenantId,
    metering::{GroupBy, Quantity},
};

use super::{Asked, words};
use crate::app::ui::ShareBar;

/// Groups that are listed; the file has all of them.
const MOST: usize = 50;

/// The list, the greatest first.
pub fn list(asked: &Asked, tenant: TenantId, chart: &Chart, total: Quantity) -> impl IntoView + use<> {
    let by = asked.by().unwrap_or(GroupBy::Tool);
    let others = chart.groups.len().saturating_sub(MOST);
    let rows = chart.groups.iter().take(MOST).map(|group| {
        let label = group.name.clone().unwrap_or_else(|| none_of(by).to_owned());
        let alone = format!("{by}:{}", group.group.as_deref().unwrap_or_default());
        let href = asked.address(tenant, Some(&alone));
        let written = words::figure(asked.meter(), group.total);
        let share = share(group.total, total);
        view! { <li><ShareBar label value=share total=10_000_u64 written=written href=href/></li> }
    });
    let rows = rows.collect_view();
    let others = (others > 0).then(|| format!("And {others} others; the file has all of them."));
    view! {
        <ul class="tools-used" role="list">{rows}</ul>
        {others.map(|others| view! { <p class="quiet">{others}</p> })}
    }
}

fn none_of(by: GroupBy) -> &'static str {
    match by {
        GroupBy::Tool => "No tool",
        GroupBy::Member => "No person: by key, or by the product",
        GroupBy::Key => "No key: by people, or by the product",
        GroupBy::Tenant => "No workspace",
    }
}

/// A part of the whole, in ten-thousandths.
fn share(part: Quantity, whole: Quantity) -> u64 {
    let (part, whole) = (part.billionths().max(0), whole.billionths().max(1));
    let share = part.checked_mul(10_000).map_or_else(|| part / (whole / 10_000).max(1), |parts| parts / whole);
    u64::try_from(share).unwrap_or_default().min(10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_ten_thousand_also_where_sums_are_great() {
        let quantity = |text: &str| text.parse().expect("a quantity");
        assert_eq!(share(quantity("1"), quantity("3")), 3_333);
        assert_eq!(share(quantity("0.25"), quantity("0.25")), 10_000);
        assert_eq!(share(quantity(&"9".repeat(29)), quantity(&"9".repeat(29))), 10_000);
        assert_eq!((share(quantity("-1"), quantity("3")), share(quantity("1"), quantity("0"))), (0, 10_000));
    }
}
