//! What an address of the page asks for, the question that is made of it, and the addresses of other questions.

use chrono::{Days, NaiveDate};
use tenantry_domain::metering::SeriesQuery;
use tenantry_kernel::{TenantId, metering::GroupBy, usage::DISPATCHES};

use super::super::api::PAGE;

/// Days that are shown where the address names none.
const DAYS: u64 = 30;

/// What stands in the address. Days are the organization's, the last one included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub meter: String,
    pub step: String,
    pub group_by: String,
    pub of: String,
    pub from: String,
    pub to: String,
    pub days: String,
}

impl Asked {
    /// The meter; dispatches where the address names none.
    pub fn meter(&self) -> &str {
        if self.meter.is_empty() { DISPATCHES } else { &self.meter }
    }

    /// What is told apart.
    pub fn by(&self) -> Option<GroupBy> {
        self.group_by.parse().ok()
    }

    /// The first and the last day, as they are written.
    pub fn shown_days(&self, today: NaiveDate) -> (String, String) {
        let days: u64 = self.days.parse().unwrap_or(DAYS);
        let back = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
        let or = |text: &str, day: NaiveDate| if text.is_empty() { day.to_string() } else { text.to_owned() };
        (or(&self.from, back), or(&self.to, today))
    }

    /// The question. The last day is part of what is shown, so the range ends with the day after it.
    pub fn query(&self, today: NaiveDate) -> SeriesQuery {
        let (from, to) = self.shown_days(today);
        let after = to.parse().ok().and_then(|day: NaiveDate| day.succ_opt());
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        SeriesQuery {
            meter: Some(self.meter().to_owned()),
            from: Some(from),
            to: Some(after.map_or(to, |day| day.to_string())),
            step: given(&self.step),
            group_by: given(&self.group_by),
            of: given(&self.of),
        }
    }

    /// The one group that is shown alone, as a person reads it.
    pub fn alone(&self, name: &str) -> Option<String> {
        let (kind, _) = self.of.split_once(':')?;
        let kind = if kind == "tenant" { "workspace" } else { kind };
        Some(if name.is_empty() { format!("no {kind}") } else { format!("{kind} {name}") })
    }

    /// The address of the same question of one group alone, or of all of them. It stays in the page's workspace.
    pub fn address(&self, tenant: TenantId, alone: Option<&str>) -> String {
        // What is one group is not told apart by itself; all of them are what it was chosen from.
        let before = self.of.split_once(':').map_or("", |(kind, _)| kind);
        let group_by = match alone {
            Some(_) => "",
            None if self.group_by.is_empty() => before,
            None => &self.group_by,
        };
        let pairs = [
            ("meter", self.meter.as_str()),
            ("step", &self.step),
            ("group_by", group_by),
            ("of", alone.unwrap_or_default()),
            ("from", &self.from),
            ("to", &self.to),
            ("days", &self.days),
            ("tenant", &tenant.to_string()),
        ];
        address(PAGE, &pairs)
    }

    /// Where the answer lies as a file.
    pub fn file(&self, query: &SeriesQuery, tenant: TenantId) -> String {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let pairs = [
            ("meter", of(&query.meter)),
            ("from", of(&query.from)),
            ("to", of(&query.to)),
            ("step", of(&query.step)),
            ("group_by", of(&query.group_by)),
            ("of", of(&query.of)),
            ("format", "csv".to_owned()),
            ("tenant", tenant.to_string()),
        ];
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
        address("/api/v1/usage", &pairs)
    }
}

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, text)| !text.is_empty()));
    format!("{path}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn an_address_that_asks_for_nothing_means_a_month_of_dispatches() {
        let query = Asked::default().query(day("2028-03-01"));
        assert_eq!(query.meter.as_deref(), Some("dispatches"));
        assert_eq!((query.from.as_deref(), query.to.as_deref()), (Some("2028-02-01"), Some("2028-03-02")));
        assert_eq!((query.step, query.group_by, query.of), (None, None, None));
    }

    #[test]
    fn the_last_day_is_part_of_what_is_shown() {
        let asked = Asked { from: "2028-02-01".into(), to: "2028-02-28".into(), ..Asked::default() };
        let query = asked.query(day("2028-03-01"));
        assert_eq!((query.from.as_deref(), query.to.as_deref()), (Some("2028-02-01"), Some("2028-02-29")));
        // What is no day is asked as it is, and refused by its name.
        let asked = Asked { to: "soon".into(), days: "many".into(), ..Asked::default() };
        assert_eq!(asked.query(day("2028-03-01")).to.as_deref(), Some("soon"));
    }

    #[test]
    fn an_address_carries_what_was_asked_and_where() {
        let asked = Asked { meter: "a/b".into(), group_by: "tool".into(), days: "7".into(), ..Asked::default() };
        let tenant = "ten_01h2xcejqtf2nbrexx3vqjhp41".parse::<TenantId>().expect("an id");
        let to = asked.address(tenant, Some("tool:a&b"));
        assert_eq!(to, format!("/usage?meter=a%2Fb&of=tool%3Aa%26b&days=7&tenant={tenant}"));
        assert!(asked.address(tenant, None).contains("group_by=tool"));
        let alone = Asked { group_by: String::new(), of: "key:key_1".into(), ..asked.clone() };
        assert!(alone.address(tenant, None).contains("group_by=key&days"), "back to what it was chosen from");
        assert!(
            asked
                .file(&asked.query(day("2028-03-01")), tenant)
                .starts_with("/api/v1/usage?meter=a%2Fb&from=2028-02-24")
        );
    }
}
