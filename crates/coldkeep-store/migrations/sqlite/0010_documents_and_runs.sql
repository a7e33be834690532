-- Documents carry the version of their form: {"v":1,"body":...}.
update cloud set body = '{"v":1,"body":' || body || '}';
update certificate set body = '{"v":1,"body":' || body || '}';
update service_account set body = '{"v":1,"body":' || body || '}';
update repository set body = '{"v":1,"body":' || body || '}';
update job set body = '{"v":1,"body":' || body || '}';
update setting set body = '{"v":1,"body":' || body || '}';
update known_target set body = '{"v":1,"body":' || body || '}';
update verification set body = '{"v":1,"body":' || body || '}';
update damage set body = '{"v":1,"body":' || body || '}';

-- A run is a row; what is of no use to queries is in `body`. Runs outlive their job: no reference. Runs of before are not
-- kept.
drop table run;
create table run (
    id              text primary key,
    kind            text not null,
    state           text not null,
    phase           text not null,
    job_id          text,
    job_name        text,
    point_id        text,
    started_by      text,
    started_at_ms   bigint not null,
    ended_at_ms     bigint,
    items_total     bigint not null,
    items_done      bigint not null,
    items_unchanged bigint not null,
    items_copied    bigint not null,
    items_relayed   bigint not null,
    items_failed    bigint not null,
    bytes_total     bigint not null,
    bytes_done      bigint not null,
    bytes_copied    bigint not null,
    requests        bigint not null,
    copy_requests   bigint not null,
    retries         bigint not null,
    control_bytes   bigint not null,
    data_bytes      bigint not null,
    body            text not null
);
create index run_by_start on run (started_at_ms, id);
create index run_by_state on run (state);

-- All failed items of a run, numbered from 1 in the order in which they failed.
create table run_item (
    run_id   text not null references run (id) on delete cascade,
    sequence bigint not null,
    name     text not null,
    code     text not null,
    body     text not null,
    primary key (run_id, sequence)
);

-- The same grouped by reason: a bounded number for each run.
create table run_reason (
    run_id   text not null references run (id) on delete cascade,
    place    bigint not null,
    body     text not null,
    primary key (run_id, place)
);
