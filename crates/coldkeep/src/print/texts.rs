//! The texts that people see most, as the terminal has them, in one file: `texts.txt`. Tests elsewhere look at codes and at
//! what a fix names, so that a sentence can be put better in one place.

use super::fix;
use coldkeep_core::{
    Problem, Timestamp, ValidityPeriod, WriterPublicKey,
    app_policy::AppPolicy,
    certificate::{NewCertificate, VALID_DAYS_MAX},
    cloud::{Cloud, check_endpoint},
    copy::{
        classify::{TooLarge, too_large},
        diff::{changed, vanished},
        filter::Filter,
        remarks::Remark,
    },
    permission::{GrantRequest, PermissionSet, check_width},
    point::Exactness,
    problem::{Field, Verb},
    repository::{Tier, check_container, check_folder, check_restore_place, check_target_place},
    resource::ResourceId,
    restore_names::WhyNot,
    target_finding::Anomaly,
    wizard::{Answer, Answers, CertificateAnswer, Connection, Method, NewApplication, Wizard},
};

fn problems() -> Vec<Problem> {
    let day = |n: i64| Timestamp::from_second(n * 86_400).unwrap();
    let policy = AppPolicy {
        name: "ninety days".into(),
        certificate_max_s: Some(90 * 86_400),
        trusted_authorities_only: true,
        secrets_forbidden: true,
        ..AppPolicy::default()
    };
    let grant: GrantRequest = "copy-source=/subscriptions/00000000-1111-2222-3333-444444444444"
        .parse()
        .unwrap();
    let edit = Verb::ServiceAccountEdit
        .of("north")
        .with(Field::GrantOn.set("copy-large=ID"));
    let mut large = TooLarge::default();
    large.add("disk.vhdx", 10 << 30);
    let quarter = ValidityPeriod {
        start: day(0),
        end: day(91),
    };
    let refused = [
        policy.check_certificate(quarter, true).err(),
        policy.check_certificate(quarter, false).err(),
        policy.check_secret(1).err(),
        check_endpoint("The address of Microsoft Graph", "http://example.net", false).err(),
        check_endpoint("The endpoint", "example", false).err(),
        Filter::new(&["a[".into()], &[]).err(),
        check_width(&[grant], false).err(),
        "copy-everything".parse::<PermissionSet>().err(),
        "copy-source".parse::<GrantRequest>().err(),
        "lukewarm".parse::<Tier>().err(),
        "not a point".parse::<coldkeep_core::PointAddress>().err(),
        "not a key".parse::<WriterPublicKey>().err(),
        check_container("No_Such").err(),
        check_folder("a/../b").err(),
        check_target_place("$web", "")
            .err()
            .or_else(|| check_target_place("$logs", "").err()),
        check_restore_place("$logs").err(),
        ResourceId("/subscriptions/x".into()).check_names().err(),
    ];
    let mut all: Vec<Problem> = refused.into_iter().flatten().collect();
    all.extend([
        large.problem(Some(&edit)),
        large.problem(None),
        too_large("disk.vhdx"),
        changed("full.vbk"),
        vanished("full.vbk"),
        WhyNot::Outside.problem("a"),
        WhyNot::NothingLeft.problem("a/"),
        WhyNot::EmptySegment("b//c".into()).problem("b//c"),
        WhyNot::InTarget("vault/b/c".into(), "vault".into()).problem("c"),
    ]);
    all.extend(answers());
    all
}

/// What the wizard refuses, step by step.
fn answers() -> Vec<Problem> {
    let connection = |cloud: &str, method| {
        Answer::Connection(Connection {
            cloud: cloud.into(),
            method,
        })
    };
    let mut found = vec![
        Wizard::default()
            .answer(connection("", Method::Register))
            .unwrap_err(),
    ];
    let registering = Answers {
        connection: Some(Connection {
            cloud: Cloud::builtin()[0].name.clone(),
            method: Method::Register,
        }),
        ..Answers::default()
    };
    let mut wizard = Wizard::replay(registering).unwrap();
    let named = |name: &str| {
        Answer::NewApplication(NewApplication {
            name: name.into(),
            description: String::new(),
        })
    };
    found.push(wizard.answer(named("")).unwrap_err());
    wizard.answer(named("north")).unwrap();
    let generate = |key_bits, valid_days| {
        Answer::Certificate(CertificateAnswer::Generate(NewCertificate {
            name: None,
            subject: None,
            key_bits,
            valid_days,
        }))
    };
    found.push(wizard.answer(generate(1024, 30)).unwrap_err());
    found.push(wizard.answer(generate(2048, VALID_DAYS_MAX + 1)).unwrap_err());
    found.push(wizard.answer(named("again")).unwrap_err());
    found
}

fn sentences() -> Vec<String> {
    let key = WriterPublicKey([7; 32]);
    let strange = [
        Anomaly::KeyNotTrusted(key),
        Anomaly::OwnKeyNotAdmitted(key),
        Anomaly::RecordGone(None),
        Anomaly::MarkerLost,
        Anomaly::MarkerDamaged("it is empty".into()),
        Anomaly::MarkerChanged("it has another key".into()),
    ];
    let remarks = [
        Remark::EmptyPoint,
        Remark::NotExact {
            exactness: Exactness::Incomplete,
            doubt_count: 3,
        },
        Remark::SasEndsSoon {
            repository: "vault".into(),
            expires_at: "2026-12-01T00:00:00Z".parse().unwrap(),
            days_left: 1,
        },
    ];
    let strange = strange
        .into_iter()
        .map(|strange| strange.into_finding("vault", "commits/1.json").words());
    let remarks = remarks.iter().map(Remark::words);
    strange
        .chain(remarks)
        .map(|words| fix::sentence(&words))
        .collect()
}

#[test]
fn what_people_are_told_is_what_the_file_of_texts_says() {
    let mut texts: Vec<String> = problems()
        .iter()
        .map(|problem| {
            format!(
                "{}\n  {}\n  hint: {}\n",
                problem.code,
                problem.said(),
                fix::hint(problem)
            )
        })
        .collect();
    texts.extend(sentences().iter().map(|text| format!("{text}\n")));
    let texts = texts.join("\n");
    let kept = include_str!("texts.txt");
    if texts != kept {
        let made = std::env::temp_dir().join("coldkeep-texts.txt");
        std::fs::write(&made, &texts).unwrap();
        panic!(
            "other texts than crates/coldkeep/src/print/texts.txt; if they are better, take {}",
            made.display()
        );
    }
}
