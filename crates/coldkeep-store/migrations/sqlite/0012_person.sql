-- People who sign in to the pages. `name_key` is the name in lower case: no two differ by case alone.
create table person (
    id            text primary key,
    name          text not null,
    name_key      text not null unique,
    role          text not null,
    password_hash text not null,
    created_ms    bigint not null
);
-- Their sessions. `key` is the SHA-256 of what the browser keeps: a copy of the database opens no session.
create table person_session (
    key        text primary key,
    person_id  text not null references person (id) on delete cascade,
    created_ms bigint not null,
    used_ms    bigint not null
);
