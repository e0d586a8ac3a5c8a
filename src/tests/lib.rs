//! Tests of what the specification promises, over the real router and a real database: one subject a file, each test a
//! sentence. They need the throw-away cluster that `cargo xtask test` and `cargo xtask db` start.
//!
//! They are one program, so that they link once; what leaves the process is held by snapshots beside them.

#[cfg(test)]
mod account;
#[cfg(test)]
mod account_commands;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod accounts_asking;
#[cfg(test)]
mod accounts_reset;
#[cfg(test)]
mod accounts_verified;
#[cfg(test)]
mod admission;
#[cfg(test)]
mod allowance;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod astray;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod config_file;
#[cfg(test)]
mod database_away;
#[cfg(test)]
mod decided_first;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod events;
#[cfg(test)]
mod exactness;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod forbidden;
#[cfg(test)]
mod hand_over;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod inbound;
#[cfg(test)]
mod inbound_commands;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod mail_program;
#[cfg(test)]
mod mail_tls;
#[cfg(test)]
mod mail_warnings;
#[cfg(test)]
mod metering;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod openapi_answers;
#[cfg(test)]
mod org_commands;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod outbound;
#[cfg(test)]
mod planned_once;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod program;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod quota_commands;
#[cfg(test)]
mod rates;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod second_lock;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod suspension;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod tools_commands;
#[cfg(test)]
mod unread;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod warnings;
#[cfg(test)]
mod worker;
