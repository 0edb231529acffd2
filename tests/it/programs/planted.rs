//! Whether the tests would notice: faults are planted into what is rendered, one at a time, and the test that is there
//! for such a fault has to fail.

use std::cell::RefCell;
use std::panic;

use super::cases;
use super::servers::{REDIS_7_0, VALKEY_8_1};
use super::{
    alerts, copies, crashes, dashboards, monitored, network, passwords, policies, probes,
    references, servers, settings,
};

thread_local! {
    static FAULT: RefCell<Option<(&'static str, &'static str)>> = const { RefCell::new(None) };
}

/// Returns a rendered text with the fault that is planted in this thread, if there is one.
pub(super) fn into(text: String) -> String {
    FAULT.with_borrow(|fault| match fault {
        Some((from, to)) => text.replace(from, to),
        None => text,
    })
}

/// A fault: what it takes the place of, and the test that has to notice.
struct Fault {
    what: &'static str,
    from: &'static str,
    to: &'static str,
    test: fn(),
}

const fn fault(what: &'static str, from: &'static str, to: &'static str, test: fn()) -> Fault {
    Fault {
        what,
        from,
        to,
        test,
    }
}

fn standard() {
    cases::run(&VALKEY_8_1, &VALKEY_8_1.arguments(&[]));
}

/// In the order of the modules that notice them.
const FAULTS: &[Fault] = &[
    fault(
        "an alert on a metric that there is not",
        "redis_memory_used_rss_bytes{",
        "redis_memory_rss_bytes{",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an alert without `absent`",
        " or absent(up{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"})",
        "",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an alert that waits too long",
        "for: 1m",
        "for: 2m",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an alert that compares the wrong way",
        "> 0.9 * ",
        "< 0.9 * ",
        alerts::a_healthy_full_busy_cache_fires_nothing_for_an_hour,
    ),
    fault(
        "rules about another job",
        "job=\\\"alerthistory-redis-metrics\\\"",
        "job=\\\"alerthistory-redis\\\"",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a monitor of another port",
        "  - port: metrics\n    interval",
        "  - port: redis\n    interval",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "a monitor that selects another Service",
        "app.kubernetes.io/component: redis-metrics\n  endpoints",
        "app.kubernetes.io/component: redis-metric\n  endpoints",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "an exporter with somebody else's password",
        "key: exporter-password",
        "key: backup-password",
        || monitored::the_exporter_tells_of_a_server_that_hangs_in_time(&VALKEY_8_1),
    ),
    fault(
        "an exporter that waits longer than Prometheus",
        "value: \"3s\"",
        "value: \"30s\"",
        || monitored::the_exporter_tells_of_a_server_that_hangs_in_time(&VALKEY_8_1),
    ),
    fault(
        "an exporter that is asked for metrics to see whether it lives",
        "path: /health",
        "path: /metrics",
        || monitored::the_exporter_tells_of_a_server_that_hangs_in_time(&VALKEY_8_1),
    ),
    fault(
        "a password that loses its trailing newline",
        "user \"$1\" \"$3\" <\"$file\"",
        "printf %s \"$(cat \"$file\")\" | user \"$1\" \"$3\"",
        || passwords::hostile_bytes_under_dash(&VALKEY_8_1),
    ),
    fault(
        "an empty password that is let through",
        "[ ! -s \"$file\" ]",
        "[ ! -e \"$file\" ]",
        || passwords::an_empty_password_is_refused(&VALKEY_8_1),
    ),
    fault(
        "readiness that wants PONG",
        "PONG | MISCONF* |",
        "PONG |",
        || probes::a_failed_snapshot_costs_no_reads(&VALKEY_8_1),
    ),
    fault(
        "readiness that forgets full servers",
        " | *\"max number of clients\"*",
        "",
        || probes::a_server_without_free_connections_serves_those_who_have_one(&VALKEY_8_1),
    ),
    fault(
        "readiness that takes every answer",
        "PONG | MISCONF*",
        "*",
        || probes::a_script_that_blocks_takes_the_server_out_of_the_service(&VALKEY_8_1),
    ),
    fault(
        "liveness that asks for readiness",
        "        livenessProbe:\n          exec:\n            command:\n            - env\n            - \"-u\"\n            - REDISCLI_AUTH\n            - valkey-cli\n            - \"-h\"\n            - \"127.0.0.1\"\n            - ping\n",
        "        livenessProbe:\n          exec:\n            command:\n            - sh\n            - /etc/redis/ready.sh\n",
        || probes::a_script_that_blocks_takes_the_server_out_of_the_service(&VALKEY_8_1),
    ),
    fault(
        "a Service that selects nothing",
        "sessionAffinity: None\n  selector:\n    app.kubernetes.io/name: alerthistory",
        "sessionAffinity: None\n  selector:\n    app.kubernetes.io/name: alerthistories",
        references::every_service_leads_to_the_server_and_to_nothing_else,
    ),
    fault(
        "a Service to another port",
        "targetPort: redis",
        "targetPort: cache",
        references::every_service_leads_to_the_server_and_to_nothing_else,
    ),
    fault(
        "a policy for other pods",
        "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistory\n      app.kubernetes.io/instance: alerthistory\n      app.kubernetes.io/component: redis\n  policyTypes",
        "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistory\n      app.kubernetes.io/instance: alerthistory\n      app.kubernetes.io/component: cache\n  policyTypes",
        references::policies_and_budgets_are_about_the_pods_they_mean,
    ),
    fault(
        "a policy that keeps the backup out",
        "app.kubernetes.io/component: redis-backup\n    ports:",
        "app.kubernetes.io/component: redis-copy\n    ports:",
        references::policies_and_budgets_are_about_the_pods_they_mean,
    ),
    fault(
        "a policy that lets every namespace in",
        "  - from:\n    - podSelector: {}\n",
        "  - from:\n    - namespaceSelector: {}\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a policy that lets applications read metrics",
        "kubernetes.io/metadata.name: monitoring\n    ports:",
        "kubernetes.io/metadata.name: monitoring\n    - podSelector: {}\n    ports:",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a policy that lets the server out",
        "  policyTypes:\n  - Ingress\n  - Egress\n  ingress:",
        "  policyTypes:\n  - Ingress\n  ingress:",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a backup that resolves no long answers",
        "    - port: 53\n      protocol: UDP\n    - port: 53\n      protocol: TCP\n",
        "    - port: 53\n      protocol: UDP\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a backup that is sent elsewhere",
        "  - to:\n    - podSelector:\n        matchLabels:\n          app.kubernetes.io/name: alerthistory\n",
        "  - to:\n    - podSelector:\n        matchLabels:\n          app.kubernetes.io/name: alerthistories\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a panel of a kind that Grafana does not have",
        "\"type\": \"bargauge\"",
        "\"type\": \"barGauge\"",
        dashboards::every_dashboard_is_of_grafanas_types,
    ),
    fault(
        "a query with a field of another version",
        "\"legendFormat\": ",
        "\"legend\": ",
        dashboards::every_dashboard_is_of_grafanas_types,
    ),
    fault(
        "a StatefulSet of another Service",
        "serviceName: ",
        "serviceName: x",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "passwords that everybody in the container reads",
        "defaultMode: 288",
        "defaultMode: 292",
        standard,
    ),
    fault(
        "users that everybody in the container reads",
        "umask 077",
        "umask 022",
        standard,
    ),
    fault(
        "a probe's password that everybody in the container reads",
        "chmod 0400",
        "chmod 0444",
        standard,
    ),
    fault(
        "a server that is root",
        "runAsUser: 10001",
        "runAsUser: 0",
        standard,
    ),
    fault(
        "a volume that the server may not write",
        "        fsGroup: 10001\n",
        "",
        standard,
    ),
    fault(
        "a root that can be written",
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
        standard,
    ),
    fault(
        "capabilities that are kept",
        "            drop:\n            - ALL",
        "            drop:\n            - NET_RAW",
        standard,
    ),
    fault(
        "privileges that can be gained",
        "allowPrivilegeEscalation: false",
        "allowPrivilegeEscalation: true",
        standard,
    ),
    fault(
        "a directive of another version",
        "maxmemory-samples 5\n",
        "maxmemory-samples 5\n    hide-user-data-from-log yes\n",
        || settings::without_persistence(&REDIS_7_0),
    ),
    fault(
        "a setting that is not the user's",
        "appendfsync always",
        "appendfsync everysec",
        || settings::what_the_values_say_is_what_the_server_does(&VALKEY_8_1),
    ),
    fault(
        "a server without users",
        "    include /run/redis/auth.conf\n",
        "",
        || servers::the_server_does_not_run_without_users(&VALKEY_8_1),
    ),
    fault(
        "a server of one family of addresses",
        "bind * -::*",
        "bind 0.0.0.0",
        || network::every_address_of_both_families_answers(&VALKEY_8_1),
    ),
    fault(
        "an application that configures the server",
        "+@all -config -debug",
        "+@all -debug",
        || servers::the_application_cannot_administer(&VALKEY_8_1),
    ),
    fault(
        "an exporter that reads keys",
        "+client|setname",
        "+client|setname +get ~*",
        || servers::the_exporter_only_reads_state(&VALKEY_8_1),
    ),
    fault(
        "a backup that may not copy",
        "+sync +replconf",
        "+replconf",
        || servers::the_backup_only_copies(&VALKEY_8_1),
    ),
    fault(
        "an administrator who may not administer",
        "~* &* +@all'",
        "~* &* +@all -config'",
        || servers::the_administrator_administers(&VALKEY_8_1),
    ),
    fault(
        "a monitor that gives the node another name",
        "targetLabel: node\n",
        "targetLabel: nodename\n",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "a monitor that asks for another page",
        "    path: /metrics\n",
        "    path: /metric\n",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "a scrape that may take longer than the time between two",
        "scrapeTimeout: 10s",
        "scrapeTimeout: 60s",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "a threshold that is missed by little",
        "> 0.8\"",
        "> 0.81\"",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a rate over too long",
        "[5m]) > 0\"",
        "[50m]) > 0\"",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an annotation of a label that is not",
        "{{ $labels.instance }} does",
        "{{ $label.instance }} does",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a legend of a label that is not",
        "{{cmd}}",
        "{{command}}",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "bits for bytes",
        "\"unit\": \"Bps\"",
        "\"unit\": \"bps\"",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "a panel of another job",
        "redis_uptime_in_seconds{job=\\\"alerthistory-redis-metrics\\\"",
        "redis_uptime_in_seconds{job=\\\"alerthistory-redis\\\"",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "a startup that is given up soon",
        "failureThreshold: 31",
        "failureThreshold: 3",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault(
        "a readiness that is slow to tell",
        "periodSeconds: 5\n",
        "periodSeconds: 60\n",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault(
        "a grace period of a moment",
        "terminationGracePeriodSeconds: 60",
        "terminationGracePeriodSeconds: 3",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault("hashes on a disk", "          medium: Memory\n", "", || {
        servers::runs_unprivileged(&VALKEY_8_1)
    }),
    fault(
        "environment of other Services",
        "enableServiceLinks: false",
        "enableServiceLinks: true",
        references::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a token in every pod",
        "automountServiceAccountToken: false",
        "automountServiceAccountToken: true",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "a Service that serves the unready",
        "  sessionAffinity: None\n",
        "  sessionAffinity: None\n  publishNotReadyAddresses: true\n",
        references::applications_get_servers_that_are_ready,
    ),
    fault(
        "metrics of ready servers only",
        "  publishNotReadyAddresses: true\n",
        "",
        references::applications_get_servers_that_are_ready,
    ),
    fault(
        "a budget of other pods",
        "  unhealthyPodEvictionPolicy: AlwaysAllow\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistory\n",
        "  unhealthyPodEvictionPolicy: AlwaysAllow\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistories\n",
        references::policies_and_budgets_are_about_the_pods_they_mean,
    ),
    fault(
        "an application without the port",
        "REDIS_ADDR: \"alerthistory-redis:6379\"",
        "REDIS_ADDR: \"alerthistory-redis:6380\"",
        references::applications_and_backups_are_given_the_address_of_the_service,
    ),
    fault(
        "a backup with the exporter's password",
        "key: backup-password",
        "key: exporter-password",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault(
        "a backup into a directory that is not mounted",
        "mountPath: /backup",
        "mountPath: /backups",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault(
        "a backup that everybody reads",
        "chmod 0640",
        "chmod 0644",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault(
        "a backup that is not checked",
        "              run valkey-check-rdb \"$partial\"\n",
        "",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault("a backup that keeps one less", "-gt 7 ]", "-ge 7 ]", || {
        copies::a_backup_is_made_as_rendered(&VALKEY_8_1)
    }),
    fault(
        "two backups at once",
        "concurrencyPolicy: Forbid",
        "concurrencyPolicy: Allow",
        references::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a server that does not log its writes",
        "appendonly yes",
        "appendonly no",
        || crashes::nothing_is_lost_where_every_write_is_synced(&VALKEY_8_1),
    ),
    fault(
        "a server of another directory",
        "dir /data",
        "dir /run/redis",
        || servers::ends_on_request_with_its_data(&VALKEY_8_1),
    ),
    fault(
        "a server of another port",
        "    port 6379\n",
        "    port 6380\n",
        references::the_server_listens_where_its_port_is_said_to_be,
    ),
    fault(
        "a probe as somebody else",
        "--user probe",
        "--user default",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "a probe's user who reads keys",
        "-@all +auth +ping'",
        "-@all +auth +ping +get ~*'",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "a liveness with the application's password",
        "            - \"-u\"\n            - REDISCLI_AUTH\n",
        "            - REDISCLI_AUTH=x\n",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "an application that is kept from writing",
        "+@all -config -debug",
        "+@all -@write -config -debug",
        || servers::the_application_cannot_administer(&VALKEY_8_1),
    ),
    fault(
        "an exporter that is kept from the slow log",
        " +slowlog|get",
        "",
        || servers::the_exporter_only_reads_state(&VALKEY_8_1),
    ),
    fault(
        "a password that is split",
        "user \"$1\" \"$3\" <\"$file\"",
        "user \"$1\" $3 <\"$file\"",
        standard,
    ),
    fault(
        "a NUL that is let through",
        "-ne \"$(wc -c <\"$file\")\"",
        "-gt \"$(wc -c <\"$file\")\"",
        || passwords::a_password_with_a_nul_is_refused(&VALKEY_8_1),
    ),
    fault(
        "an init container that does not stop",
        "    set -eu\n    umask 077",
        "    umask 077",
        || passwords::a_full_directory_is_no_directory_of_users(&VALKEY_8_1),
    ),
    fault(
        "a container without its configuration",
        "        - name: config\n          mountPath: /etc/redis\n          readOnly: true\n        - name: run",
        "        - name: config\n          mountPath: /etc/redis2\n          readOnly: true\n        - name: run",
        standard,
    ),
];

/// `CACHEGEN_PLANT=policy` plants only those whose name has the word.
#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
#[expect(clippy::print_stderr, reason = "it takes long, and says what it does")]
fn every_planted_fault_is_noticed() {
    let mut faults: Vec<String> = Vec::new();
    let only = std::env::var("CACHEGEN_PLANT").unwrap_or_default();
    for fault in FAULTS.iter().filter(|fault| fault.what.contains(&only)) {
        eprintln!("planting {}", fault.what);
        FAULT.set(None);
        if !is_in_some_render(fault.from) {
            faults.push(format!("{}: there is nowhere to plant it", fault.what));
            continue;
        }
        FAULT.set(Some((fault.from, fault.to)));
        if panic::catch_unwind(fault.test).is_ok() {
            faults.push(format!("{}: nobody noticed", fault.what));
        }
        FAULT.set(None);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every fault has a place in what some server's standard render or some case says.
fn is_in_some_render(text: &str) -> bool {
    let renders = [
        &["--set", "valkey.backup.enabled=true"][..],
        &["--set", "valkey.settings.appendfsync=always"],
    ];
    renders.iter().any(|more| {
        super::manifest::Manifest::render(&VALKEY_8_1.arguments(more))
            .text
            .contains(text)
    }) || references::all_texts().any(|rendered| rendered.contains(text))
}
