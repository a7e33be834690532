-- How the last verification of each point ended.
create table verification (
    point_id text primary key,
    body     text not null
);

-- Blobs of a target that a verification found gone or damaged. No version is an empty text.
create table damage (
    target_id   text not null,
    target_name text not null,
    version_id  text not null,
    point_id    text not null,
    found_at_ms bigint not null,
    body        text not null,
    primary key (target_id, target_name, version_id)
);
create index damage_by_point on damage (point_id);
