//! Rate windows that nobody uses any more.

use sqlx::PgPool;

/// Forgets windows that nobody has used for a day.
pub(crate) async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM rate_permits WHERE until <= rate_now()").execute(pool).await?;
    sqlx::query(
        "DELETE FROM rate_windows WHERE GREATEST(interactive_at, background_at, paused_until) < rate_now() - 86400000 \
         AND NOT EXISTS (SELECT 1 FROM rate_permits WHERE rate_permits.key = rate_windows.key)",
    )
    .execute(pool)
    .await?;
    Ok(())
}
