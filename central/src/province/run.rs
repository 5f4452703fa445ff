// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chores: files, questions, days that are over.

use super::{DropFolder, Options, Puller, sweep};
use crate::app::App;
use crate::audit::now_ms;
use crate::reports::day_of;
use std::time::{Duration, SystemTime};

/// Between two looks into the directory.
const LOOK: Duration = Duration::from_secs(2);
/// Between two looks for questions that are due.
const ASK: Duration = Duration::from_secs(1);
/// Between two looks for days that are over.
const SWEEP: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub async fn run(app: App, options: Options, puller: Option<Puller>) {
    let files = files(&app, options.inbox.as_deref());
    tokio::join!(files, ask(&app, puller), over(&app));
}

async fn wake(app: &App) {
    if let Err(e) = app.news.look(app.db()).await {
        tracing::warn!(error = %e, "halls were not woken; they ask again by themselves");
    }
}

async fn files(app: &App, inbox: Option<&std::path::Path>) {
    let Some(inbox) = inbox else { return };
    let mut folder = loop {
        match DropFolder::open(inbox) {
            Ok(folder) => break folder,
            Err(e) => {
                tracing::error!(error = %e, inbox = %inbox.display(), "files of the province cannot be taken");
                tokio::time::sleep(SWEEP).await;
            }
        }
    };
    let mut looks = 0_u32;
    loop {
        folder.look(app.db()).await;
        if looks.is_multiple_of(1800) {
            folder.tidy(SystemTime::now());
        }
        looks = looks.wrapping_add(1);
        tokio::time::sleep(LOOK).await;
    }
}

async fn ask(app: &App, puller: Option<Puller>) {
    let Some(puller) = puller else { return };
    loop {
        match puller.step(app.db()).await {
            Ok(0) => {}
            Ok(_) => wake(app).await,
            Err(e) => {
                tracing::error!(error = %e, "the provincial system was not asked; tried again");
                tokio::time::sleep(SWEEP / 6).await;
            }
        }
        tokio::time::sleep(ASK).await;
    }
}

async fn over(app: &App) {
    loop {
        let now = now_ms();
        match sweep(app.db(), day_of(now), now).await {
            Ok(0) => {}
            Ok(halls) => tracing::info!(halls, "bookings of days that are over are deleted"),
            Err(e) => {
                tracing::error!(error = %e, "bookings of days that are over are still there; tried again");
            }
        }
        tokio::time::sleep(SWEEP).await;
    }
}
