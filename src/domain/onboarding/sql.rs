//! Drafts, as the platform's role.

use sqlx::PgConnection;
use tenantry_kernel::{UserId, onboarding::Draft};
use uuid::Uuid;

use crate::db::DbError;

pub(super) async fn draft(connection: &mut PgConnection, user: UserId) -> Result<Option<Draft>, DbError> {
    let text = sqlx::query_scalar!(
        r#"select draft::text as "draft!" from platform.onboarding_drafts where user_id = $1"#,
        Uuid::from(user)
    )
    .fetch_optional(connection)
    .await?;
    // A draft of a form that this version does not know starts anew.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

pub(super) async fn keep(connection: &mut PgConnection, user: UserId, draft: &Draft) -> Result<(), DbError> {
    sqlx::query!(
        "insert into platform.onboarding_drafts (user_id, draft) values ($1, $2::text::jsonb)
         on conflict (user_id) do update set draft = excluded.draft, updated_at = app.now()",
        Uuid::from(user),
        serde_json::json!(draft).to_string()
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn forget(connection: &mut PgConnection, user: UserId) -> Result<(), DbError> {
    sqlx::query!("delete from platform.onboarding_drafts where user_id = $1", Uuid::from(user))
        .execute(connection)
        .await?;
    Ok(())
}
