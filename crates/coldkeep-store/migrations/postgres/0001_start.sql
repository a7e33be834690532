-- Words of core are kept whole, as JSON, in `body`; the columns beside it are what queries need.
create table cloud (
    name          text primary key,
    body          text not null,
    created_at_ms bigint not null
);

create table certificate (
    id                text primary key,
    name              text not null unique,
    thumbprint_sha1   text not null,
    thumbprint_sha256 text not null unique,
    created_at_ms     bigint not null,
    body              text not null,
    -- The private key in an envelope of the vault.
    sealed_key        bytea not null
);

create table service_account (
    id             text primary key,
    name           text not null unique,
    state          text not null,
    certificate_id text references certificate (id),
    created_at_ms  bigint not null,
    body           text not null
);

create table repository (
    id                 text primary key,
    name               text not null unique,
    service_account_id text references service_account (id),
    created_at_ms      bigint not null,
    body               text not null
);

create table job (
    id            text primary key,
    name          text not null unique,
    source_id     text not null references repository (id),
    target_id     text not null references repository (id),
    created_at_ms bigint not null,
    body          text not null
);

-- Runs outlive their job: no reference.
create table run (
    id            text primary key,
    job_id        text,
    state         text not null,
    started_at_ms bigint not null,
    body          text not null
);
create index run_by_start on run (started_at_ms);
create index run_by_state on run (state);

-- Who works for a job at the moment, and until when nobody else may.
create table job_claim (
    job_id         text primary key references job (id) on delete cascade,
    run_id         text not null,
    lease_until_ms bigint not null
);

-- Client secrets, account keys and signatures in envelopes of the vault.
create table secret (
    owner  text primary key,
    sealed bytea not null
);
