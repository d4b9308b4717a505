"""How Alembic runs our migrations: over the connection and in the transaction of the caller."""

from alembic import context

from catalogue.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
