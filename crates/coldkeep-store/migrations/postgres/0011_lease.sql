-- What only one process at a time may do: one row for each thing, kept after it was given back, so that its epoch grows.
create table lease (
    kind     text not null,
    key      text not null,
    holder   text not null,
    epoch    bigint not null,
    until_ms bigint not null,
    primary key (kind, key)
);
drop table job_claim;
