-- What holds for the whole of Coldkeep, by name; each body is JSON.
create table setting (
    name text primary key,
    body text not null
);
