//! Jobs as everybody's, stopped, and once more.

use std::time::Duration;

use serde_json::{Value, json};
use toolbay_kernel::activity::{Again, Stopped};
use toolbay_kernel::audit::{Act, Actor, JobChange};
use toolbay_kernel::jobs::{JobQuery, JobStatus};
use toolbay_kernel::{JobId, Principal, Surface};

use super::pages;
use crate::harness::TestHost;

impl TestHost {
    async fn started(&self, args: Value) -> String {
        let started = self.result("job_start", json!({"kind": "bulk", "args": args})).await;
        started["job_id"].as_str().unwrap().to_owned()
    }

    async fn until(&self, job: &str, status: &[&str]) -> Value {
        for _ in 0..1_200 {
            let found = self.get(&format!("/v1/jobs/{job}")).await["result"].clone();
            if status.contains(&found["status"].as_str().unwrap()) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("job {job} didn't come to {status:?}");
    }
}

fn everybodys() -> JobQuery {
    JobQuery { limit: 10, after: None, status: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_started_once_more_by_its_owner_and_by_who_administers() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let first = host.started(pages(&host, 2)).await;
    host.until(&first, &["succeeded"]).await;
    let again = host.request("POST", &format!("/v1/jobs/{first}/again")).send().await.unwrap();
    assert_eq!(again.status(), 200);
    let again: Value = again.json().await.unwrap();
    let second = again["result"]["job_id"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    host.until(&second, &["succeeded"]).await;
    assert_eq!(host.emulator.writes().len(), 4, "the same once more");

    // A detail by the job's id is that of the call that started it, with all that it did.
    let detail = host.detail(&second).await;
    assert_eq!((&detail["tool"], &detail["job_id"]), (&json!("job_start"), &json!(second)), "{detail:#}");
    assert_eq!(detail["effects"].as_array().unwrap().len(), 2, "{detail:#}");
    assert!(detail["effects"][0]["sent"].is_object(), "{detail:#}");
    let run = detail["calls"].as_array().unwrap().iter().find(|call| call["surface"] == "job").unwrap();
    let run = host.detail(run["call"].as_str().unwrap()).await;
    assert_eq!((&run["tool"], &run["job_id"]), (&json!("bulk"), &json!(second)));
    assert_eq!(run["arguments"], pages(&host, 2), "its owner reads what was asked for");

    let other = host.bearer("other");
    for path in [format!("/v1/jobs/{first}/again"), format!("/v1/jobs/{}/again", JobId::new())] {
        let (status, _) = host.as_bearer(&other.secret, "POST", &path).await;
        assert_eq!(status, 404);
    }
    let (status, _) = host.as_bearer(&other.secret, "GET", &format!("/v1/activity/{first}")).await;
    assert_eq!(status, 404);

    // Who administers does it in the owner's name, and there is an event that they did.
    let gateway = &host.host().gateway;
    let asked = Again {
        job: first.parse().unwrap(),
        by: Principal::operator().into(),
        administers: true,
        surface: Surface::Console,
        key: None,
    };
    let outcome =
        gateway.activity.again(&gateway.dispatcher, gateway.principals.as_ref(), asked).await.unwrap();
    let third = outcome.result.unwrap().data.unwrap()["job_id"].as_str().unwrap().to_owned();
    host.until(&third, &["succeeded"]).await;
    let events = host.events().await;
    let noted =
        events.iter().find(|event| matches!(&event.act, Act::Job { change: JobChange::StartedAgain, .. }));
    assert_eq!(noted.unwrap().by, Actor::new(&Principal::operator(), Surface::Console));
    let jobs = gateway.activity.jobs_of_everybody(everybodys()).await.unwrap();
    assert_eq!(jobs.len(), 3);
    assert!(
        jobs.iter().all(|job| job.principal == jobs[0].principal && job.name.as_deref() == Some("action"))
    );
    let page =
        gateway.activity.jobs_of_everybody(JobQuery { after: Some(jobs[1].job.cursor()), ..everybodys() });
    assert_eq!(page.await.unwrap(), jobs[2..]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_job_is_stopped_by_who_administers() {
    let host = TestHost::start(&["pages", "rows"]).await;
    let job = host.started(pages(&host, 200)).await;
    host.until(&job, &["running"]).await;
    let activity = &host.host().gateway.activity;
    let by = Actor::new(&Principal::operator(), Surface::Console);
    let id: JobId = job.parse().unwrap();
    assert_eq!(activity.stop_job(id, &by).await.unwrap(), Stopped::Stops);
    let ended = host.until(&job, &["cancelled"]).await;
    assert!(host.emulator.writes().len() < 200, "{ended:#}");
    assert_eq!(activity.stop_job(id, &by).await.unwrap(), Stopped::HasEnded);
    assert_eq!(activity.stop_job(JobId::new(), &by).await.unwrap(), Stopped::Unknown);
    let cancelled = JobQuery { status: Some(JobStatus::Cancelled), ..everybodys() };
    let jobs = activity.jobs_of_everybody(cancelled).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.job.id).collect::<Vec<_>>(), [id]);
    let running = JobQuery { status: Some(JobStatus::Running), ..everybodys() };
    assert_eq!(activity.jobs_of_everybody(running).await.unwrap(), []);
    let is_noted = |event: &toolbay_kernel::audit::Event| {
        event.by == by
            && matches!(&event.act, Act::Job { job, change: JobChange::Cancelled, .. } if *job == id)
    };
    assert!(host.events().await.iter().any(is_noted));

    // Why one failed is told.
    let failing = json!({"kind": "update_page", "args": {"page_id": "00000000-0000-4000-8000-000000000000", "properties": {"Name": "x"}}});
    let failing = host.result("job_start", failing).await["job_id"].as_str().unwrap().to_owned();
    host.until(&failing, &["failed"]).await;
    let failed = JobQuery { status: Some(JobStatus::Failed), ..everybodys() };
    let jobs = activity.jobs_of_everybody(failed).await.unwrap();
    assert_eq!(jobs[0].problem.as_ref().unwrap().code.as_str(), "not_found");
    host.stop().await;
}
