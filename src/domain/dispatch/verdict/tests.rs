//! A batch decides what its wishes would have been told one by one, for many wishes of many kinds.

use std::sync::Arc;

use tenantry_kernel::{
    money::Money,
    own::OwnLimits,
    period::Period,
    plan::{Limits, Plan, PlanState},
    text::Label,
};

use super::*;

/// Chance that can be repeated (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// All that admission changes: what a database would hold.
#[derive(Clone, Debug, Default)]
struct World {
    used: u64,
    live: u64,
    waiting: u64,
    /// Places between the first and the last who waits, of those who wait no more.
    gaps: u64,
    kept: HashMap<IdempotencyKey, Kept>,
    arrivals: Arrivals,
    jobs: Vec<(JobId, By)>,
}

fn plan(dice: &mut Dice) -> Arc<Plan> {
    let dispatches = (dice.below(3) > 0).then(|| dice.below(60));
    let concurrent = (dice.below(3) > 0).then(|| u32::try_from(dice.below(8)).expect("small"));
    Arc::new(Plan {
        id: "any".into(),
        name: "Any".into(),
        version: 1,
        price_monthly: Money { amount: 0, currency: "USD".into() },
        limits: Limits { dispatches, concurrent, ..Limits::default() },
        features: vec!["basic".into()],
    })
}

fn effective(dice: &mut Dice) -> Effective {
    let expired = (dice.below(4) == 0).then(|| plan(dice));
    let period = Period::calendar_month(DateTime::UNIX_EPOCH);
    Effective { plan: plan(dice), own: OwnLimits::default(), state: PlanState::Active, period, expired }
}

fn tools() -> Vec<Tool> {
    let tool = |number: u128, name: &str, feature: Option<&str>| Tool {
        id: Uuid::from_u128(number).into(),
        name: name.into(),
        feature: feature.map(Into::into),
    };
    vec![tool(1, "echo", None), tool(2, "basic", Some("basic")), tool(3, "listing", Some("listing-auto"))]
}

fn wanted(dice: &mut Dice, number: u128) -> Wanted {
    let name = ["echo", "echo", "basic", "listing", "nothing"][dice.below(5) as usize];
    let tool = match dice.below(4) {
        0 => ToolRef::Id(Uuid::from_u128(u128::from(dice.below(4)) + 1).into()),
        _ => ToolRef::Name(Label::parse("tool", name).expect("a name")),
    };
    let when_full = if dice.below(2) == 0 { WhenFull::Reject } else { WhenFull::Queue };
    let once = (dice.below(2) == 0).then(|| {
        let key = IdempotencyKey::parse(&format!("key{}", dice.below(12))).expect("a key");
        OnceKey::new(key, "POST /", &[u8::from(dice.below(5) == 0)])
    });
    // Of three webhooks the third is no more.
    let arrival = (once.is_none() && dice.below(2) == 0).then(|| {
        let webhook = Uuid::from_u128(u128::from(dice.below(3)));
        let message = u8::try_from(dice.below(6)).expect("small");
        Arrival::example(webhook.into(), Uuid::from_u128(number).into(), message)
    });
    let user = (dice.below(3) > 0).then(|| Uuid::from_u128(u128::from(dice.below(3))).into());
    let key = user.is_none().then(|| Uuid::from_u128(9).into());
    Wanted {
        job: Uuid::from_u128(number).into(),
        event: Uuid::from_u128(number),
        by: By { user, key },
        wish: Wish { tool, action: Label::parse("action", "say").expect("a word"), payload: "{}".into(), when_full },
        once,
        arrival,
    }
}

/// Two webhooks that there are, and nothing seen.
fn nothing_seen() -> Arrivals {
    Arrivals { alive: [0, 1].map(|number| Uuid::from_u128(number).into()).into(), ..Arrivals::default() }
}

impl World {
    /// Reads, decides and writes one batch, as the database would.
    fn admit(&mut self, effective: &Effective, batch: &[&Wanted]) -> Vec<String> {
        let counted = to_count(batch, effective.plan.limits.concurrent, self.live, self.waiting + self.gaps);
        let facts = Facts {
            now: DateTime::UNIX_EPOCH,
            effective: effective.clone(),
            used: self.used,
            load: Load { live: self.live, waiting: self.waiting.min(counted) },
            tools: tools(),
            kept: self.kept.clone(),
            arrivals: self.arrivals.clone(),
        };
        let verdicts = decide(batch, facts);
        for (wanted, verdict) in batch.iter().zip(&verdicts) {
            let Ok(Verdict::Accepted { answer, .. }) = verdict else { continue };
            self.used += 1;
            self.jobs.push((wanted.job, wanted.by));
            match wanted.wish.when_full {
                WhenFull::Reject => self.live += 1,
                WhenFull::Queue => self.waiting += 1,
            }
            if let Some(once) = &wanted.once {
                assert!(self.kept.insert(once.key.clone(), Kept::of(answer, once)).is_none(), "one key, one effect");
            }
            if let Some(arrival) = &wanted.arrival {
                let seen = arrival.seen(Some(wanted.job), DateTime::UNIX_EPOCH);
                assert!(self.arrivals.seen.insert(arrival.mark(), seen).is_none(), "one message, one effect");
            }
        }
        verdicts.into_iter().map(|verdict| format!("{verdict:?}")).collect()
    }
}

#[test]
fn a_batch_is_decided_as_its_wishes_would_be_one_by_one() {
    let (mut accepted, mut refused) = (0, 0);
    for seed in 0..3000 {
        let mut dice = Dice(seed);
        let effective = effective(&mut dice);
        let waiting = [0, dice.below(12), QUEUE_LENGTH - dice.below(40)][dice.below(3) as usize];
        let (used, live, gaps) = (dice.below(50), dice.below(6), dice.below(300));
        let start = World { used, live, waiting, gaps, arrivals: nothing_seen(), ..World::default() };
        let wishes: Vec<Wanted> = (0..40).map(|number| wanted(&mut dice, number)).collect();
        let (mut alone, mut together) = (start.clone(), start.clone());
        let one_by_one: Vec<String> = wishes.iter().flat_map(|wish| alone.admit(&effective, &[wish])).collect();
        let mut left: Vec<&Wanted> = wishes.iter().collect();
        let mut in_batches = Vec::new();
        while !left.is_empty() {
            let size = (dice.below(40) as usize + 1).min(left.len());
            let batch: Vec<&Wanted> = left.drain(..size).collect();
            in_batches.extend(together.admit(&effective, &batch));
        }
        assert_eq!(one_by_one, in_batches, "seed {seed}");
        assert_eq!(
            (alone.used, alone.live, alone.waiting, &alone.jobs),
            (together.used, together.live, together.waiting, &together.jobs),
            "seed {seed}"
        );
        let limit = effective.plan.limits.dispatches.unwrap_or(u64::MAX);
        assert!(together.used <= limit.max(start.used) && together.waiting <= QUEUE_LENGTH, "seed {seed}");
        accepted += together.jobs.len();
        refused += wishes.len() - together.jobs.len();
    }
    assert!(accepted > 10_000 && refused > 10_000, "{accepted} were accepted, {refused} refused: chance is not fair");
}

#[test]
fn the_queue_is_counted_only_as_far_as_it_matters() {
    let mut dice = Dice(1);
    let mut wish = |when_full| {
        let mut wanted = wanted(&mut dice, 1);
        wanted.wish.when_full = when_full;
        wanted
    };
    let (queue, reject) = (wish(WhenFull::Queue), wish(WhenFull::Reject));
    assert_eq!(to_count(&[&queue], Some(5), 0, QUEUE_LENGTH - 1), 0, "one more has room");
    assert_eq!(to_count(&[&queue, &queue], Some(5), 0, QUEUE_LENGTH - 1), QUEUE_LENGTH - 1);
    assert_eq!(to_count(&[&reject], Some(5), 2, QUEUE_LENGTH), 3);
    assert_eq!(to_count(&[&reject], Some(5), 7, QUEUE_LENGTH), 0, "no slot is free");
    assert_eq!(to_count(&[&reject], None, 0, QUEUE_LENGTH), 0, "slots without end");
    assert_eq!(to_count(&[&reject], Some(5), 0, 1), 1);
}
