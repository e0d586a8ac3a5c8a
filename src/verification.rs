//! `tenantry verify isolation`: every door that this program serves, in a world of its own.

use std::{path::Path, sync::Arc, time::Instant};

use tenantry::app::ssr;
use tenantry_cli::{
    Exit, Given,
    verify::{self, Field, VerifyError},
};
use tenantry_domain::{
    Services, Settings,
    db::Db,
    ops::verify::{Ground, Report, Tally, World, database},
};
use tenantry_http::{
    App, layers, router,
    site::Site,
    verify::{WalkError, walk},
};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Field(#[from] VerifyError),
    #[error(transparent)]
    World(#[from] tenantry_domain::ops::verify::VerifyError),
    #[error(transparent)]
    Walk(#[from] WalkError),
    #[error("{0}")]
    Address(#[from] url::ParseError),
    #[error("{0}")]
    Output(#[from] std::io::Error),
    #[error("it was stopped")]
    Stopped,
}

/// Tries everything, prints what came of it, and leaves nothing behind; also when it is stopped in the middle.
pub async fn isolation(data_dir: &Path, given: &Given, json: bool, stop: CancellationToken) -> Result<Exit, Failure> {
    let began = Instant::now();
    tracing::info!("Making a scratch database.");
    let field = Field::open(data_dir, given).await?;
    let services = Services::new(Db::new(&field.ground().connections), Settings::new(Url::parse("http://localhost/")?));
    let tried = tokio::select! {
        tried = try_everything(&services, field.ground()) => tried,
        () = stop.cancelled() => Err(Failure::Stopped),
    };
    services.db.close().await;
    field.close().await?;
    let report: Report = tried?.report(began.elapsed());
    verify::print(json, &report)?;
    Ok(if report.leaks == 0 { Exit::Done } else { Exit::Failed })
}

async fn try_everything(services: &Services, ground: &Ground) -> Result<Tally, Failure> {
    let world = World::make(services, &ground.connections).await?;
    let mut tally = Tally::default();
    database(services, ground, &world, &mut tally).await?;
    let app = App::new(services.clone(), Arc::new(Site::empty()));
    let routes = router::api(&app).merge(app.site.clone().router()).merge(ssr::router(app.clone()));
    let doors = ssr::doors(app.clone(), layers::around(routes, &app));
    walk(&doors, ground, &world, &mut tally).await?;
    Ok(tally)
}
