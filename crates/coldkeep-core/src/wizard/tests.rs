//! The whole state machine as tables: every path, every back step, every skip, every change of mind.

use super::{Step::*, *};
use crate::{certificate::NewCertificate, id::SignInId, permission::GrantRequest};
use answers as of;
use std::collections::{BTreeSet, VecDeque};

const TENANT: &str = "11111111-1111-1111-1111-111111111111";
const OTHER: &str = "22222222-2222-2222-2222-222222222222";
const APP: &str = "33333333-3333-3333-3333-333333333333";

fn connection(cloud: &str, method: Method) -> Answer {
    Answer::Connection(of::Connection {
        cloud: cloud.into(),
        method,
    })
}

fn new_application(name: &str) -> Answer {
    Answer::NewApplication(of::NewApplication {
        name: name.into(),
        description: String::new(),
    })
}

fn existing(tenant: &str, authentication: Authentication, grant: bool) -> Answer {
    Answer::ExistingApplication(of::ExistingApplication {
        tenant: tenant.into(),
        application_id: APP.into(),
        name: "ours".into(),
        authentication,
        grant,
        description: String::new(),
    })
}

fn generate(key_bits: u32, valid_days: u32) -> Answer {
    Answer::Certificate(CertificateAnswer::Generate(NewCertificate {
        name: None,
        subject: None,
        key_bits,
        valid_days,
    }))
}

fn stored() -> Answer {
    Answer::Certificate(CertificateAnswer::Stored {
        certificate: "c".into(),
    })
}

fn sign_in(cloud: &str, tenant: &str, who: &str) -> Answer {
    Answer::SignIn(SignedIn {
        sign_in_id: SignInId(uuid::Uuid::nil()),
        cloud: cloud.into(),
        tenant_id: tenant.into(),
        user_principal_name: who.into(),
    })
}

fn grants() -> Answer {
    let request: GrantRequest =
        "copy-source=/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/\
                           blobServices/default/containers/c"
            .parse()
            .unwrap();
    Answer::Grants(vec![request])
}

/// An answer to a step that leads along the chosen path.
fn fitting(step: Step, register: bool, authentication: Authentication, grant: bool) -> Answer {
    let method = if register {
        Method::Register
    } else {
        Method::Existing
    };
    match step {
        Connection => connection("AzureCloud", method),
        NewApplication => new_application("new"),
        ExistingApplication => existing(TENANT, authentication, grant),
        Certificate if register || grant => generate(3072, 365),
        Certificate => stored(),
        Secret => Answer::Secret,
        SignIn => sign_in("AzureCloud", TENANT, "admin"),
        Subscriptions => Answer::Subscriptions(vec!["s".into()]),
        Grants => grants(),
        Review => Answer::Review,
        Finish => unreachable!("nothing is asked there"),
    }
}

use Authentication::{Certificate as ByCertificate, Secret as BySecret};

/// Every path: which method, how it proves itself, whether it grants; and the steps it takes.
fn paths() -> Vec<((bool, Authentication, bool), Vec<Step>)> {
    let signed = [SignIn, Subscriptions, Grants, Review, Finish];
    let with = |head: &[Step], tail: &[Step]| [head, tail].concat();
    vec![
        (
            (true, ByCertificate, true),
            with(&[Connection, NewApplication, Certificate], &signed),
        ),
        (
            (false, ByCertificate, true),
            with(&[Connection, ExistingApplication, Certificate], &signed),
        ),
        (
            (false, BySecret, true),
            with(&[Connection, ExistingApplication, Secret], &signed),
        ),
        (
            (false, ByCertificate, false),
            vec![Connection, ExistingApplication, Certificate, Review, Finish],
        ),
        (
            (false, BySecret, false),
            vec![Connection, ExistingApplication, Secret, Review, Finish],
        ),
    ]
}

fn walk((register, authentication, grant): (bool, Authentication, bool), until: Step) -> Wizard {
    let mut wizard = Wizard::default();
    while wizard.step() != until {
        wizard
            .answer(fitting(wizard.step(), register, authentication, grant))
            .unwrap();
    }
    wizard
}

#[test]
fn every_path_takes_its_steps_and_skips_the_others() {
    for (kind, steps) in paths() {
        let mut wizard = Wizard::default();
        let mut seen = vec![wizard.step()];
        while wizard.step() != Finish {
            wizard
                .answer(fitting(wizard.step(), kind.0, kind.1, kind.2))
                .unwrap();
            seen.push(wizard.step());
        }
        assert_eq!(seen, steps, "{kind:?}");
        for (step, standing) in wizard.standings() {
            let expected = match (steps.contains(&step), step) {
                (_, Finish) => Standing::Current,
                (true, _) => Standing::Done,
                (false, _) => Standing::Skipped,
            };
            assert_eq!(standing, expected, "{kind:?} {step:?}");
        }
        assert_eq!(
            Wizard::replay(wizard.answers().clone()).unwrap(),
            wizard,
            "the answers alone lead there again"
        );
    }
}

#[test]
fn back_leads_to_the_step_before_and_keeps_what_was_said() {
    for (kind, steps) in paths() {
        for (at, step) in steps.iter().enumerate() {
            let there = walk(kind, *step);
            let mut wizard = there.clone();
            for earlier in steps[..at].iter().rev() {
                assert!(wizard.back(), "{kind:?} {step:?}");
                assert_eq!(wizard.step(), *earlier, "{kind:?} {step:?}");
            }
            assert!(!wizard.back(), "there is nothing before the first");
            assert_eq!(wizard.step(), Connection);
            // Forward again with the answers that are offered.
            while wizard.step() != *step {
                let offered = wizard.answers().answer_to(wizard.step());
                // The approval alone is asked for again.
                wizard.answer(offered.unwrap_or(Answer::Review)).unwrap();
            }
            assert_eq!(wizard, there, "{kind:?} {step:?}");
        }
    }
}

#[test]
fn every_change_of_mind_leads_along_the_new_path() {
    for (from, steps) in paths() {
        for step in &steps {
            for (to, expected) in paths() {
                let mut wizard = walk(from, *step);
                while wizard.back() {}
                let mut seen = vec![Connection];
                while wizard.step() != Finish {
                    wizard.answer(fitting(wizard.step(), to.0, to.1, to.2)).unwrap();
                    seen.push(wizard.step());
                }
                assert_eq!(seen, expected, "from {from:?} at {step:?} to {to:?}");
            }
        }
    }
}

/// For all answers and any number of steps back, the invariants hold. All reachable states, breadth first.
#[test]
fn no_sequence_of_answers_and_backs_breaks_the_machine() {
    let alphabet = [
        connection("AzureCloud", Method::Register),
        connection("AzureCloud", Method::Existing),
        connection("custom", Method::Existing),
        new_application("new"),
        new_application(" "),
        existing(TENANT, ByCertificate, true),
        existing(TENANT, ByCertificate, false),
        existing(TENANT, BySecret, true),
        existing(OTHER, BySecret, false),
        existing("contoso.example", ByCertificate, true),
        existing("common", ByCertificate, true),
        generate(3072, 365),
        generate(1024, 365),
        stored(),
        Answer::Certificate(CertificateAnswer::Pfx),
        Answer::Secret,
        sign_in("AzureCloud", TENANT, "admin"),
        sign_in("custom", TENANT, "admin"),
        sign_in("AzureCloud", OTHER, "other"),
        Answer::Subscriptions(vec![]),
        Answer::Subscriptions(vec!["s".into()]),
        grants(),
        Answer::Grants(vec![]),
        Answer::Review,
    ];
    let mut seen = BTreeSet::from([format!("{:?}", Wizard::default())]);
    let mut queue = VecDeque::from([Wizard::default()]);
    let mut finished = 0;
    while let Some(wizard) = queue.pop_front() {
        let mut next = vec![];
        for answer in &alphabet {
            let mut after = wizard.clone();
            match after.answer(answer.clone()) {
                Ok(()) => {
                    assert_eq!(answer.step(), wizard.step());
                    assert!(after.step() > wizard.step());
                    next.push(after);
                }
                Err(_) => assert_eq!(after, wizard, "what is refused changes nothing"),
            }
        }
        let mut before = wizard.clone();
        assert_eq!(before.back(), wizard.step() != Connection);
        next.push(before);
        for state in next {
            let steps = path(state.answers());
            let at = steps.iter().position(|s| *s == state.step());
            let at = at.expect("the current step is on the path");
            assert!(
                steps[..at]
                    .iter()
                    .all(|s| state.answers().answer_to(*s).is_some()),
                "nothing is passed unanswered: {state:?}"
            );
            assert!(steps.windows(2).all(|w| w[0] < w[1]), "steps have one order");
            finished += usize::from(state.step() == Finish);
            if seen.insert(format!("{state:?}")) {
                queue.push_back(state);
            }
        }
    }
    assert!(finished > 0);
}

#[test]
fn what_rests_on_a_changed_answer_is_forgotten_and_nothing_else() {
    let register = (true, ByCertificate, true);
    type Case = (
        &'static str,
        (bool, Authentication, bool),
        Step,
        Answer,
        Vec<Step>,
    );
    let cases: Vec<Case> = vec![
        (
            "another cloud",
            register,
            Connection,
            connection("custom", Method::Register),
            vec![SignIn, Subscriptions, Grants],
        ),
        (
            "the same again",
            register,
            Connection,
            connection("AzureCloud", Method::Register),
            vec![],
        ),
        (
            "another name",
            register,
            NewApplication,
            new_application("other"),
            vec![],
        ),
        (
            "another person",
            register,
            SignIn,
            sign_in("AzureCloud", TENANT, "other"),
            vec![Subscriptions, Grants],
        ),
        (
            "another tenant",
            (false, ByCertificate, true),
            ExistingApplication,
            existing(OTHER, ByCertificate, true),
            vec![SignIn],
        ),
        (
            "no grant any more",
            (false, ByCertificate, true),
            ExistingApplication,
            existing(TENANT, ByCertificate, false),
            vec![Certificate],
        ),
    ];
    for (name, kind, step, answer, forgotten) in cases {
        let there = walk(kind, Finish);
        let mut wizard = there.clone();
        while wizard.step() != step {
            assert!(wizard.back());
        }
        wizard.answer(answer).unwrap();
        for step in Step::ALL.into_iter().filter(|s| !matches!(s, Review | Finish)) {
            let had = there.answers().answer_to(step).is_some();
            let has = wizard.answers().answer_to(step).is_some();
            assert_eq!(has, had && !forgotten.contains(&step), "{name}: {step:?}");
        }
        assert!(
            !wizard.answers().reviewed,
            "{name}: a changed plan is looked at again"
        );
    }
}

#[test]
fn what_cannot_be_right_is_refused_where_it_is_said() {
    let existing_no_grant = (false, ByCertificate, false);
    let cases = [
        ((true, ByCertificate, true), connection(" ", Method::Register)),
        ((true, ByCertificate, true), new_application("")),
        ((true, ByCertificate, true), new_application(&"x".repeat(101))),
        ((true, ByCertificate, true), new_application("a\nb")),
        ((true, ByCertificate, true), generate(1024, 365)),
        ((true, ByCertificate, true), generate(2048, 0)),
        ((true, ByCertificate, true), generate(2048, 3651)),
        ((true, ByCertificate, true), sign_in("custom", TENANT, "a")),
        ((false, ByCertificate, true), sign_in("AzureCloud", OTHER, "a")),
        (existing_no_grant, existing("common", ByCertificate, false)),
        (existing_no_grant, existing("-a.example", ByCertificate, false)),
        (existing_no_grant, generate(3072, 365)),
        (
            (true, ByCertificate, true),
            Answer::Grants(vec![GrantRequest {
                folder: None,
                permission_set: crate::permission::PermissionSet::DelegateKey,
                scope: crate::resource::ResourceId::container("s", "g", "a", "c"),
            }]),
        ),
    ];
    for (kind, answer) in cases {
        let mut wizard = walk(kind, answer.step());
        let before = wizard.clone();
        let problem = wizard.answer(answer.clone()).expect_err(&format!("{answer:?}"));
        assert!(!problem.hint().is_empty());
        assert_eq!(wizard, before);
    }
}

#[test]
fn answers_written_down_hold_no_sign_in_and_no_approval() {
    let wizard = walk((true, ByCertificate, true), Finish);
    let text = serde_json::to_string(wizard.answers()).unwrap();
    let read: Answers = serde_json::from_str(&text).unwrap();
    assert!(read.sign_in.is_none() && !read.reviewed);
    let again = Wizard::replay(read).unwrap();
    assert_eq!(again.step(), SignIn, "a sign-in is needed again");
    assert_eq!(again.answers().grants, wizard.answers().grants);
}
