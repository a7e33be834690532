-- What is remembered of a repository's target: its id, the keys that are trusted, the newest record seen.
create table known_target (
    repository_id text primary key references repository (id) on delete cascade,
    revision      bigint not null,
    body          text not null
);
