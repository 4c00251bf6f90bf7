-- One database a service: none can read another's tables.
create database core;
create database triage;
create database kb;
