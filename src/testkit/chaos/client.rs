//! A client: a person who works in the workspaces of two organizations at once, over lines that break, and reads every
//! answer for what is not theirs.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    Chance, Kind, Stage,
    ledger::{Ledger, Promise},
    marks::{Owner, Place, View},
    stage::WORKSPACES,
    wire::{Fate, Heard, Line},
};

/// How often a dispatch is sent again that was not answered.
const TRIES: usize = 4;

/// Too many at once.
const TOO_MANY: u16 = 429;

/// Not now.
pub(super) const NOT_NOW: u16 = 503;

/// Somebody at work.
pub(super) struct Client {
    stage: Arc<Stage>,
    ledger: Arc<Ledger>,
    chance: Chance,
    own: usize,
    excuse: Option<u16>,
    lines: [Line; 2],
}

/// A question: where, and what may come back.
struct Question<'a> {
    method: &'a str,
    path: &'a str,
    place: Option<Place>,
    key: Option<&'a str>,
    body: &'a str,
    view: View,
    expected: &'a [u16],
}

impl Client {
    /// `excuse` is an answer that disturbances explain.
    pub fn new(stage: Arc<Stage>, ledger: Arc<Ledger>, own: usize, excuse: Option<u16>, chance: Chance) -> Self {
        Self { stage, ledger, chance, own, excuse, lines: Default::default() }
    }

    /// Does one thing.
    pub async fn act(&mut self) {
        let place = self.any_place();
        match self.chance.below(20) {
            0..=5 => self.dispatch(place).await,
            6 => self.repeat_a_key().await,
            7 => self.send_twice_at_once(place).await,
            8..=9 => self.look_at_jobs(place).await,
            10..=11 => self.look_at_any_job().await,
            12 => self.cancel_a_job().await,
            13 => self.knock_at_strangers().await,
            14 => self.switch(place).await,
            15 => self.found_another().await,
            16 => self.read("/api/v1/tools", Some(place)).await,
            17 => self.read("/api/tenant/usage", Some(place)).await,
            18 => self.read("/api/tenant/role", Some(place)).await,
            _ => self.read("/api/tenant/organizations", None).await,
        }
    }

    fn any_place(&mut self) -> Place {
        let next = self.stage.after(self.own);
        let organization = if self.chance.below(3) == 0 { next } else { self.own };
        Place { organization, workspace: self.chance.below(WORKSPACES) }
    }

    const fn is_at_home(&self, place: Place) -> bool {
        place.organization == self.own
    }

    fn belongs_to(&self, place: Place) -> bool {
        self.is_at_home(place) || place.organization == self.stage.after(self.own)
    }

    fn view(&self, place: Option<Place>) -> View {
        place.map_or(View::Organizations([self.own, self.stage.after(self.own)]), View::Workspace)
    }

    /// Asks one of the servers, and reads what comes back, however much it is.
    async fn ask(&mut self, question: &Question<'_>, fate: Fate) -> Heard {
        let door = self.chance.below(2);
        let address = self.stage.doors.address(door);
        let request = self.request(question);
        let heard = self.lines[door].ask(&address, &request, fate).await;
        self.ledger.count(|tally| {
            tally.requests += 1;
            tally.broken += u64::from(heard.status().is_none());
            tally.not_now += u64::from(heard.status() == Some(503));
        });
        self.judge(question, &heard);
        heard
    }

    fn request(&self, question: &Question<'_>) -> Vec<u8> {
        let owner = &self.stage.organizations[self.own].owner;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            question.method,
            question.path,
            owner.cookie().unwrap_or_default(),
            question.body.len()
        );
        if let Some(place) = question.place {
            head += &format!("x-tenant: {}\r\n", self.stage.workspace(place).id);
        }
        if let Some(key) = question.key {
            head += &format!("idempotency-key: {key}\r\n");
        }
        format!("{head}\r\n{}", question.body).into_bytes()
    }

    fn judge(&self, question: &Question<'_>, heard: &Heard) {
        let asked = format!("{} {} of {} in {:?}", question.method, question.path, self.own, question.place);
        let strangers = self.stage.marks.strangers_in(&heard.bytes, question.view);
        if !strangers.is_empty() {
            self.ledger.find(Kind::Leak, format!("{asked} shows {strangers:?}: {}", heard.text()));
        }
        if heard.hung {
            self.ledger.find(Kind::Answer, format!("{asked}: no answer and no end"));
        }
        if let Some(status) = heard.status()
            && !question.expected.contains(&status)
            && status != TOO_MANY
            && self.excuse != Some(status)
        {
            self.ledger.find(Kind::Answer, format!("{asked}, not one of {:?}: {}", question.expected, heard.text()));
        }
    }

    async fn read(&mut self, path: &str, place: Option<Place>) {
        let view = self.view(place);
        let fate = Fate::by(&mut self.chance);
        self.ask(&Question { method: "GET", path, place, key: None, body: "", view, expected: &[200] }, fate).await;
    }

    /// Dispatches, and sends it again with the same key until it is known what became of it.
    async fn dispatch(&mut self, place: Place) {
        let (key, body) = self.wish(place);
        for _ in 0..TRIES {
            let fate = Fate::by(&mut self.chance);
            let heard = self.send(place, &key, &body, fate).await;
            match heard.status() {
                Some(202) => return self.keep(place, &key, &body, &heard),
                Some(402) => return,
                _ => sleep(Duration::from_millis(self.chance.below(60) as u64)).await,
            }
        }
    }

    /// A key and a body with the workspace's canary in everything that can hold it.
    fn wish(&mut self, place: Place) -> (String, String) {
        let key = format!("key-{:016x}", self.chance.number());
        let canary = &self.stage.workspace(place).canary;
        let when_full = if self.chance.below(4) == 0 { "reject" } else { "queue" };
        let payload = json!({"canary": canary, "key": key});
        let body = json!({"tool": "echo", "action": canary, "payload": payload, "when_full": when_full});
        (key, body.to_string())
    }

    async fn send(&mut self, place: Place, key: &str, body: &str, fate: Fate) -> Heard {
        let question = Question {
            method: "POST",
            path: "/api/v1/dispatch",
            place: Some(place),
            key: Some(key),
            body,
            view: View::Workspace(place),
            expected: &[202, 402, 409],
        };
        self.ask(&question, fate).await
    }

    fn keep(&self, place: Place, key: &str, body: &str, heard: &Heard) {
        let job = heard.text_at("/job/id");
        self.stage.marks.add(&job, Owner::Workspace(place));
        self.ledger.promise(Promise { place, key: key.to_owned(), body: body.to_owned(), job });
    }

    /// Sends a kept key again: the same body gets the same job, another one is refused.
    async fn repeat_a_key(&mut self) {
        let Some(promise) = self.ledger.one(&mut self.chance) else { return };
        if !self.belongs_to(promise.place) {
            return;
        }
        let same = self.send(promise.place, &promise.key, &promise.body, Fate::Whole).await;
        if same.status() == Some(202) && same.text_at("/job/id") != promise.job {
            self.ledger
                .find(Kind::TwoEffects, format!("{} made {} and then {}", promise.key, promise.job, same.text()));
        }
        let question = Question {
            method: "POST",
            path: "/api/v1/dispatch",
            place: Some(promise.place),
            key: Some(&promise.key),
            body: &promise.body.replace("echo", "ECHO"),
            view: View::Workspace(promise.place),
            expected: &[422, 409],
        };
        self.ask(&question, Fate::Whole).await;
    }

    /// A double click, at two servers or at one.
    async fn send_twice_at_once(&mut self, place: Place) {
        let (key, body) = self.wish(place);
        let (stage, ledger) = (Arc::clone(&self.stage), Arc::clone(&self.ledger));
        let mut other = Self::new(stage, ledger, self.own, self.excuse, self.chance.fork());
        let clicks =
            tokio::join!(self.send(place, &key, &body, Fate::Whole), other.send(place, &key, &body, Fate::Whole));
        for heard in [clicks.0, clicks.1] {
            if heard.status() == Some(202) {
                self.keep(place, &key, &body, &heard);
            }
        }
    }

    async fn look_at_jobs(&mut self, place: Place) {
        let cursor = self.ledger.one(&mut self.chance).filter(|_| self.chance.below(2) == 0);
        let cursor = cursor.filter(|promise| promise.place == place).map(|promise| format!("&cursor={}", promise.job));
        let limit = 1 + self.chance.below(100);
        self.read(&format!("/api/v1/jobs?limit={limit}{}", cursor.unwrap_or_default()), Some(place)).await;
    }

    /// Looks at a job from a workspace of one's own: there it is, or there is none such.
    async fn look_at_any_job(&mut self) {
        let Some(promise) = self.ledger.one(&mut self.chance) else { return };
        let place =
            if self.belongs_to(promise.place) && self.chance.below(3) > 0 { promise.place } else { self.any_place() };
        let expected: &[u16] = if place == promise.place { &[200] } else { &[404] };
        let path = format!("/api/v1/jobs/{}", promise.job);
        let view = View::Workspace(place);
        let fate = Fate::by(&mut self.chance);
        let question = Question { method: "GET", path: &path, place: Some(place), key: None, body: "", view, expected };
        self.ask(&question, fate).await;
    }

    async fn cancel_a_job(&mut self) {
        let Some(promise) = self.ledger.one(&mut self.chance) else { return };
        let place = self.any_place();
        let expected: &[u16] = if place == promise.place { &[200, 409] } else { &[404] };
        let path = format!("/api/v1/jobs/{}/cancel", promise.job);
        let view = View::Workspace(place);
        let fate = Fate::by(&mut self.chance);
        let question =
            Question { method: "POST", path: &path, place: Some(place), key: None, body: "{}", view, expected };
        self.ask(&question, fate).await;
    }

    /// Names a workspace where one does not belong.
    async fn knock_at_strangers(&mut self) {
        let organization = self.chance.below(self.stage.organizations.len());
        let place = Place { organization, workspace: self.chance.below(WORKSPACES) };
        if self.belongs_to(place) {
            return;
        }
        let view = self.view(None);
        let path = ["/api/v1/jobs", "/api/tenant/usage", "/api/v1/tools"][self.chance.below(3)];
        let fate = Fate::by(&mut self.chance);
        let question =
            Question { method: "GET", path, place: Some(place), key: None, body: "", view, expected: &[404] };
        self.ask(&question, fate).await;
    }

    async fn switch(&mut self, place: Place) {
        let organization = self.stage.organizations[place.organization].id;
        let body = json!({"organization": organization, "tenant": self.stage.workspace(place).id}).to_string();
        let question = Question {
            method: "PUT",
            path: "/api/tenant/organizations/current",
            place: None,
            key: None,
            body: &body,
            view: View::Workspace(place),
            expected: &[200],
        };
        let fate = Fate::by(&mut self.chance);
        self.ask(&question, fate).await;
    }

    /// Founds an organization, which needs a connection of each role at once.
    async fn found_another(&mut self) {
        let key = format!("key-{:016x}", self.chance.number());
        let name = &self.stage.organizations[self.own].owner.name;
        let body = Value::to_string(&json!({"name": name, "plan": "pro"}));
        let question = Question {
            method: "POST",
            path: "/api/tenant/organizations",
            place: None,
            key: Some(&key),
            body: &body,
            view: self.view(None),
            expected: &[201, 409],
        };
        let fate = Fate::by(&mut self.chance);
        self.ask(&question, fate).await;
    }
}
