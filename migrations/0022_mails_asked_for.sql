-- Why: how many mails an address asks for is counted like what it tries against accounts: once for all servers, so that one more
-- server does not let through as many again.
alter table platform.attempts
    drop constraint attempts_kind_check,
    add constraint attempts_kind_check check (kind in ('account', 'password', 'sign_in', 'sign_up', 'mail'));
