//! The keeper's own keeper. If the keeper is killed together with all who could start another, a
//! shell of three lines, which is all that is left, stops PostgreSQL after a while. It learns of
//! the keeper's end by the end of a pipe, and of a successor by the number in a file.

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::{io::AsyncWriteExt, process::Child};

use super::{
    error::{At, ClusterError},
    files,
    place::Place,
    programs::Programs,
};

/// `$1` file of the keeper's number, `$2` the number, `$3` pg_ctl, `$4` PostgreSQL's folder. A
/// line on the pipe means that the keeper has done it all itself. The ten seconds are the keeper's
/// own measure of how long a database may be without anyone.
const SCRIPT: &str = r#"
read -r word && exit
sleep 10
case "$(cat "$1" 2>/dev/null)" in "$2" | "") exec "$3" stop --silent --mode fast --pgdata "$4" ;; esac
"#;

/// A shell that waits for the keeper's end.
#[derive(Debug)]
pub(super) struct Sentinel {
    shell: Child,
    number: PathBuf,
}

impl Sentinel {
    pub(super) fn post(place: &Place, programs: &Programs) -> Result<Self, ClusterError> {
        let own = std::process::id().to_string();
        let number = place.sockets.join("keeper.pid");
        files::write_private(&number, own.as_bytes()).at("write", &number)?;
        let shell = place
            .run_as
            .command("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&number)
            .arg(own)
            .arg(programs.pg_ctl())
            .arg(&place.postgres)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|source| ClusterError::Program { program: "/bin/sh".into(), source })?;
        Ok(Self { shell, number })
    }

    /// Sends it home: PostgreSQL is stopped.
    pub(super) async fn dismiss(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // If it was killed there is nobody to tell.
            let _ = pipe.write_all(b"done\n").await;
        }
        if tokio::time::timeout(Duration::from_secs(1), self.shell.wait()).await.is_err() {
            let _ = self.shell.kill().await;
        }
        if let Err(error) = files::remove_if_present(&self.number) {
            tracing::debug!(%error, "The keeper's number was not removed.");
        }
    }
}
