"""The read copy of core's taxonomy, people and macros."""
