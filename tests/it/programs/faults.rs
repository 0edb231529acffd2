//! The faults that are planted, and for each the test that has to notice.

use super::cases;
use super::servers::{REDIS_7_0, VALKEY_8_1};
use super::{
    alerts, controllers, copies, crashes, dashboards, monitored, network, passwords, policies,
    probes, references, servers, settings, users,
};
use crate::{backup, checksums, monitoring, schemas, support};

/// A fault: what it takes the place of, and the test that has to notice.
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) test: fn(),
}

const fn fault(what: &'static str, from: &'static str, to: &'static str, test: fn()) -> Fault {
    Fault {
        what,
        from,
        to,
        test,
    }
}

/// The case whose Secret an operator makes.
fn external_secret() {
    let mut all = support::cases().into_iter();
    let case = all.find(|case| case.name == "passwords-external");
    let mut arguments = cases::arguments(&case.expect("there is such a case"));
    arguments.extend(VALKEY_8_1.arguments(&[]));
    cases::run(&VALKEY_8_1, &arguments);
}

fn standard() {
    cases::run(&VALKEY_8_1, &VALKEY_8_1.arguments(&[]));
}

/// What nobody noticed once is noticed now; a fault that changes nothing, as another `umask` of a script whose files get
/// their modes, is none.
pub(super) const FAULTS: &[Fault] = &[
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
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
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
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
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
    fault(
        "kilobytes for megabytes",
        "maxmemory 402653184",
        "maxmemory 393216",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a log that is never rewritten",
        "auto-aof-rewrite-percentage 100",
        "auto-aof-rewrite-percentage 0",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a server that hangs up on the idle",
        "    timeout 0\n",
        "    timeout 30\n",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a server that logs into a file",
        "logfile \"\"",
        "logfile /data/redis.log",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a snapshot of another name",
        "dbfilename dump.rdb",
        "dbfilename redis.rdb",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "snapshots that stop nobody",
        "stop-writes-on-bgsave-error yes",
        "stop-writes-on-bgsave-error no",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "limits of buffers that are those of others",
        "client-output-buffer-limit pubsub 33554432 8388608 60",
        "client-output-buffer-limit pubsub 268435456 67108864 60",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a server without a limit",
        "    maxmemory 402653184\n",
        "",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "a server in the background",
        "daemonize no",
        "daemonize yes",
        standard,
    ),
    fault(
        "a directive that there is not",
        "hash-max-listpack-entries",
        "hash-max-listpack-entry",
        standard,
    ),
    fault(
        "more databases than one",
        "databases 1\n",
        "databases 16\n",
        || settings::only_what_is_meant_departs_from_the_servers_own_defaults(&VALKEY_8_1),
    ),
    fault(
        "an application that saves in the foreground",
        " -bgrewriteaof -save'",
        " -bgrewriteaof'",
        || users::every_command_is_for_whom_it_is_meant(&VALKEY_8_1),
    ),
    fault(
        "an exporter that may list clients",
        "+client|setname'",
        "+client'",
        || users::every_command_is_for_whom_it_is_meant(&VALKEY_8_1),
    ),
    fault(
        "a backup that sees keys",
        "'backup-password' 'resetkeys",
        "'backup-password' '~*",
        || users::every_command_is_for_whom_it_is_meant(&VALKEY_8_1),
    ),
    fault(
        "an exporter that hears channels",
        "'exporter-password' 'resetkeys resetchannels",
        "'exporter-password' 'resetkeys &*",
        || users::every_command_is_for_whom_it_is_meant(&VALKEY_8_1),
    ),
    fault(
        "passwords as hashes of hashes",
        "#%s %s\\n' \"$1\"",
        ">%s %s\\n' \"$1\"",
        standard,
    ),
    fault(
        "a user who is off",
        "'user %s on sanitize",
        "'user %s off sanitize",
        standard,
    ),
    fault(
        "the application with the exporter's password",
        "secret default 'password'",
        "secret default 'exporter-password'",
        || servers::the_application_cannot_administer(&VALKEY_8_1),
    ),
    fault(
        "an administrator who must be",
        "if [ -e /etc/redis-secret/'admin-password' ]; then",
        "if true; then",
        || users::there_is_no_administrator_without_a_password(&VALKEY_8_1),
    ),
    fault(
        "an exporter's password that must be",
        "optional: true",
        "optional: false",
        || users::the_applications_password_is_enough(&VALKEY_8_1),
    ),
    fault(
        "a wrong try that is kept",
        "    : >\"$users.tmp\"\n",
        "",
        || passwords::what_was_wrong_with_a_password_can_be_mended(&VALKEY_8_1),
    ),
    fault(
        "users of whom only the last is kept",
        ">>\"$users.tmp\"",
        ">\"$users.tmp\"",
        standard,
    ),
    fault(
        "a probe's password that is everybody's",
        "head -c 32 /dev/urandom",
        "head -c 32 /dev/zero",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "a password that is not found",
        "${hash%% *}\" \"$2\"",
        "$hash\" \"$2\"",
        standard,
    ),
    fault(
        "readiness that is never refused",
        "    echo \"$answer\"\n    exit 1\n",
        "    echo \"$answer\"\n",
        || probes::a_script_that_blocks_takes_the_server_out_of_the_service(&VALKEY_8_1),
    ),
    fault(
        "readiness that hears no errors",
        "ping 2>&1)\n    case",
        "ping 2>/dev/null)\n    case",
        || probes::a_server_without_free_connections_serves_those_who_have_one(&VALKEY_8_1),
    ),
    fault(
        "readiness without a password",
        "    export REDISCLI_AUTH\n",
        "",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "readiness in spite of loading",
        "PONG | MISCONF*",
        "PONG | LOADING* | MISCONF*",
        || probes::a_long_load_is_waited_for(&VALKEY_8_1),
    ),
    fault(
        "a liveness that is impatient",
        "          periodSeconds: 10\n          timeoutSeconds: 5\n          failureThreshold: 6\n",
        "          periodSeconds: 10\n          timeoutSeconds: 5\n          failureThreshold: 1\n",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault(
        "a liveness that gives no time",
        "          periodSeconds: 10\n          timeoutSeconds: 5\n",
        "          periodSeconds: 10\n          timeoutSeconds: 1\n",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault(
        "a readiness that wavers",
        "          timeoutSeconds: 5\n          failureThreshold: 3\n",
        "          timeoutSeconds: 5\n          failureThreshold: 1\n",
        probes::the_kubelet_waits_as_long_as_is_meant,
    ),
    fault(
        "a liveness of another port",
        "            - \"127.0.0.1\"\n            - ping\n",
        "            - \"127.0.0.1\"\n            - \"-p\"\n            - \"6380\"\n            - ping\n",
        || servers::the_probes_need_no_password_of_the_secret(&VALKEY_8_1),
    ),
    fault(
        "an exporter that is asked at the server's port",
        "            path: /health\n            port: metrics\n",
        "            path: /health\n            port: redis\n",
        || monitored::the_exporter_tells_of_a_server_that_hangs_in_time(&VALKEY_8_1),
    ),
    fault(
        "a server behind a shell",
        "        - valkey-server\n        - /etc/redis/redis.conf\n",
        "        - sh\n        - \"-c\"\n        - valkey-server /etc/redis/redis.conf; exit 0\n",
        || servers::ends_on_request_with_its_data(&VALKEY_8_1),
    ),
    fault(
        "no room for users",
        "sizeLimit: 1Mi",
        "sizeLimit: 1Ki",
        standard,
    ),
    fault(
        "data beside the volume",
        "        - name: redis-data\n          mountPath: /data\n",
        "        - name: redis-data\n          mountPath: /var/lib/redis\n",
        standard,
    ),
    fault(
        "a claim of another name",
        "    metadata:\n      name: redis-data\n",
        "    metadata:\n      name: data\n",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "passwords that are mounted to be written",
        "mountPath: /etc/redis-secret\n          readOnly: true\n",
        "mountPath: /etc/redis-secret\n",
        standard,
    ),
    fault(
        "a configuration that only root reads",
        "defaultMode: 292",
        "defaultMode: 256",
        standard,
    ),
    fault(
        "a group that is root's",
        "runAsGroup: 10001",
        "runAsGroup: 0",
        || servers::runs_unprivileged(&VALKEY_8_1),
    ),
    fault(
        "a pod that may be root",
        "runAsNonRoot: true",
        "runAsNonRoot: false",
        controllers::every_pod_is_admitted_where_pods_are_restricted,
    ),
    fault(
        "a pod that may call everything",
        "type: RuntimeDefault",
        "type: Unconfined",
        controllers::every_pod_is_admitted_where_pods_are_restricted,
    ),
    fault(
        "a limit of memory that is full at once",
        "memory: 896Mi",
        "memory: 384Mi",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a volume that is walked through",
        "fsGroupChangePolicy: OnRootMismatch",
        "fsGroupChangePolicy: Always",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "an end without a word",
        "terminationMessagePolicy: FallbackToLogsOnError",
        "terminationMessagePolicy: File",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "data that goes with the StatefulSet",
        "whenDeleted: Retain",
        "whenDeleted: Delete",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a repair that is not rolled out",
        "podManagementPolicy: Parallel",
        "podManagementPolicy: OrderedReady",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "an update that leaves the pod out",
        "partition: 0",
        "partition: 1",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a StatefulSet of other pods",
        "  selector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistory\n      app.kubernetes.io/instance: alerthistory\n      app.kubernetes.io/component: redis\n  template",
        "  selector:\n    matchLabels:\n      app.kubernetes.io/name: alerthistory\n      app.kubernetes.io/instance: alerthistory\n      app.kubernetes.io/component: cache\n  template",
        references::every_service_leads_to_the_server_and_to_nothing_else,
    ),
    fault(
        "an account that is not there",
        "serviceAccountName: alerthistory-redis\n",
        "serviceAccountName: default\n",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "configuration of another ConfigMap",
        "          name: alerthistory-redis-config\n",
        "          name: alerthistory-redis-env\n",
        standard,
    ),
    fault(
        "a headless Service with an address",
        "  clusterIP: None\n",
        "",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "a Service for the whole world",
        "spec:\n  type: ClusterIP\n  sessionAffinity",
        "spec:\n  type: LoadBalancer\n  sessionAffinity",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a Service of datagrams",
        "targetPort: redis\n    protocol: TCP",
        "targetPort: redis\n    protocol: UDP",
        references::every_service_leads_to_the_server_and_to_nothing_else,
    ),
    fault(
        "metrics that are led to the server",
        "    targetPort: metrics\n",
        "    targetPort: redis\n",
        references::every_service_leads_to_the_server_and_to_nothing_else,
    ),
    fault(
        "a container of another port",
        "containerPort: 6379",
        "containerPort: 6380",
        references::the_server_listens_where_its_port_is_said_to_be,
    ),
    fault(
        "an exporter of another server",
        "redis://127.0.0.1:6379",
        "redis://alerthistory-redis:6379",
        references::the_server_listens_where_its_port_is_said_to_be,
    ),
    fault(
        "an exporter that is the application",
        "value: \"exporter\"",
        "value: \"default\"",
        || monitored::the_exporter_tells_of_a_server_that_hangs_in_time(&VALKEY_8_1),
    ),
    fault(
        "an exporter of another port",
        "containerPort: 9121",
        "containerPort: 9122",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "a Service that the monitor does not know",
        "component: redis-metrics\n    app.kubernetes.io/part-of",
        "component: redis\n    app.kubernetes.io/part-of",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "an application that is led to a pod",
        "REDIS_ADDR: \"alerthistory-redis:",
        "REDIS_ADDR: \"alerthistory-redis-headless:",
        references::applications_and_backups_are_given_the_address_of_the_service,
    ),
    fault(
        "an application of a database that is not",
        "REDIS_DB: \"0\"",
        "REDIS_DB: \"1\"",
        standard,
    ),
    fault(
        "a Secret that nobody makes",
        "creationPolicy: Owner",
        "creationPolicy: Merge",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a password that is decoded once more",
        "decodingStrategy: None",
        "decodingStrategy: Auto",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a Secret of another name",
        "    name: alerthistory-redis-secret\n    creationPolicy",
        "    name: alerthistory-secret\n    creationPolicy",
        external_secret,
    ),
    fault(
        "a Secret of other keys",
        "secretKey: password\n",
        "secretKey: redis-password\n",
        external_secret,
    ),
    fault(
        "a monitor that asks securely",
        "    scheme: http\n",
        "    scheme: https\n",
        || monitored::first_scrape(&VALKEY_8_1),
    ),
    fault(
        "a monitor that asks seldom",
        "    interval: 30s\n    scrapeTimeout",
        "    interval: 3m\n    scrapeTimeout",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a node that is the pod",
        "\"__meta_kubernetes_pod_node_name\"",
        "\"__meta_kubernetes_pod_name\"",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "an alert that fires while all is well",
        "redis_up{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"} == 0",
        "redis_up{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"} == 1",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a failure that is not looked for",
        " or redis_aof_last_bgrewrite_status{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"} == 0",
        "",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an exporter that may not read the configuration",
        " or redis_max_clients{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}",
        "",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a ratio upside down",
        "redis_connected_clients{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"} / (redis_config_maxclients{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}",
        "redis_config_maxclients{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"} / (redis_connected_clients{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a first error that makes no increase",
        " or (redis_errors_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\",err=\\\"OOM\\\"} unless redis_errors_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\",err=\\\"OOM\\\"} offset 5m) > 0",
        "",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a window of one sample",
        "[5m]",
        "[30s]",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an alert that comes soon",
        "for: 15m",
        "for: 5m",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "hits for misses",
        "redis_keyspace_hits_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}[5m]) / ",
        "redis_keyspace_misses_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}[5m]) / ",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "a hit rate of hardly any reads",
        " > 1\"",
        "\"",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "an alert that wakes nobody",
        "        severity: critical\n",
        "        severity: warning\n",
        monitoring::the_group_of_an_alert_is_that_of_its_severity,
    ),
    fault(
        "an alert that is routed elsewhere",
        "        component: redis\n      annotations",
        "        component: cache\n      annotations",
        monitoring::the_group_of_an_alert_is_that_of_its_severity,
    ),
    fault(
        "alerts about every namespace",
        ",namespace=\\\"default\\\"",
        "",
        monitoring::every_selector_is_the_metrics_service_and_its_namespace,
    ),
    fault(
        "a share that is told as a number",
        "humanizePercentage",
        "humanize",
        alerts::the_value_of_an_alert_is_told_in_its_unit,
    ),
    fault(
        "misses for hits",
        "rate(redis_keyspace_hits_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]) / ",
        "rate(redis_keyspace_misses_total{job=\\\"alerthistory-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]) / ",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "keys that are those that expire",
        "redis_db_keys{",
        "redis_db_keys_expiring{",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "what comes in for what goes out",
        "redis_net_output_bytes_total",
        "redis_net_input_bytes_total",
        || {
            monitored::every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
                &VALKEY_8_1,
            )
        },
    ),
    fault(
        "panels of one number",
        "\"id\": 2,",
        "\"id\": 1,",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "panels upon each other",
        "\"x\": 8, \"y\": 8",
        "\"x\": 0, \"y\": 8",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "queries of one name",
        "\"refId\": \"B\"",
        "\"refId\": \"A\"",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "a scale of percents for a share",
        "\"max\": 1 ",
        "\"max\": 100 ",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "a source of one Grafana",
        "\"uid\": \"${datasource}\"",
        "\"uid\": \"prometheus\"",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "a policy of every port",
        "  - from:\n    - podSelector: {}\n    ports:\n    - port: 6379\n      protocol: TCP\n",
        "  - from:\n    - podSelector: {}\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a policy of datagrams",
        "    ports:\n    - port: 6379\n      protocol: TCP\n",
        "    ports:\n    - port: 6379\n      protocol: UDP\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a namespace and its pods in one item",
        "          kubernetes.io/metadata.name: monitoring\n    ports:",
        "          kubernetes.io/metadata.name: monitoring\n      podSelector:\n        matchLabels:\n          app.kubernetes.io/name: alerthistory\n    ports:",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a backup that everybody may talk to",
        "  policyTypes:\n  - Ingress\n  - Egress\n  egress:",
        "  policyTypes:\n  - Egress\n  egress:",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a backup that may talk to everybody",
        "  egress:\n  - to:\n    - podSelector:\n        matchLabels:\n          app.kubernetes.io/name: alerthistory\n          app.kubernetes.io/instance: alerthistory\n          app.kubernetes.io/component: redis\n    ports:\n    - port: 6379\n      protocol: TCP\n",
        "  egress:\n  - ports:\n    - port: 6379\n      protocol: TCP\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "DNS at another port",
        "    - port: 53\n",
        "    - port: 5353\n",
        policies::whoever_is_meant_is_let_through_and_nobody_else,
    ),
    fault(
        "a budget that holds up every drain",
        "  maxUnavailable: ",
        "  minAvailable: ",
        references::policies_and_budgets_are_about_the_pods_they_mean,
    ),
    fault(
        "a server that is not ready and holds up a drain",
        "unhealthyPodEvictionPolicy: AlwaysAllow",
        "unhealthyPodEvictionPolicy: IfHealthyBudget",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a backup as the application",
        "--user backup",
        "--user default",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault(
        "a backup that cannot write",
        "mountPath: /backup\n",
        "mountPath: /backup\n              readOnly: true\n",
        || copies::a_backup_is_made_as_rendered(&VALKEY_8_1),
    ),
    fault(
        "a backup that does not wait",
        "-ge 60 ]",
        "-ge 0 ]",
        backup::a_server_that_is_starting_is_waited_for,
    ),
    fault(
        "a backup that leaves what is half written",
        "              trap '[ -z \"$partial\" ] || rm -f \"$partial\"' EXIT\n",
        "",
        backup::a_server_that_goes_away_leaves_the_old_backups_alone,
    ),
    fault(
        "a backup that does not hear its end",
        "exit 143' HUP INT TERM",
        "exit 143' HUP INT",
        backup::a_stopped_backup_ends_at_once_and_leaves_nothing,
    ),
    fault(
        "a backup that clears away what another writes",
        "-mmin +10",
        "-mmin -10",
        backup::backups_of_redis_7_0,
    ),
    fault(
        "a backup that removes what is not its own",
        "set -- dump-[0-9]*T[0-9]*Z.rdb",
        "set -- dump-*.rdb",
        backup::backups_of_redis_7_0,
    ),
    fault(
        "a backup that goes on after an error",
        "              set -eu\n              umask",
        "              umask",
        backup::a_server_that_goes_away_leaves_the_old_backups_alone,
    ),
    fault(
        "a backup of another claim",
        "claimName: alerthistory-redis-backup\n",
        "claimName: alerthistory-redis-backups\n",
        references::every_name_of_an_object_is_that_of_one,
    ),
    fault(
        "a backup that is given no second chance",
        "startingDeadlineSeconds: 3600",
        "startingDeadlineSeconds: 10",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a failed backup of which nothing is left",
        "failedJobsHistoryLimit: 3",
        "failedJobsHistoryLimit: 0",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a backup that never is",
        "  suspend: false\n",
        "  suspend: true\n",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "a backup that is cut off",
        "activeDeadlineSeconds: 721",
        "activeDeadlineSeconds: 60",
        controllers::a_backup_has_time_for_every_try,
    ),
    fault(
        "a checksum of nothing",
        "        checksum/config: ",
        "        checksum/config: constant # ",
        checksums::what_the_server_reads_changes_the_checksum,
    ),
    fault(
        "a Secret without a checksum",
        "        checksum/secret: ",
        "        checksum/secrets: ",
        checksums::what_the_server_reads_changes_the_checksum,
    ),
    fault(
        "annotations of another port",
        "prometheus.io/port: \"9121\"",
        "prometheus.io/port: \"6379\"",
        || monitored::who_goes_by_annotations_gets_the_metrics(&VALKEY_8_1),
    ),
    fault(
        "annotations of another page",
        "prometheus.io/path: /metrics",
        "prometheus.io/path: /metric",
        || monitored::who_goes_by_annotations_gets_the_metrics(&VALKEY_8_1),
    ),
    fault(
        "two servers behind one name",
        "replicas: 1\n",
        "replicas: 2\n",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
    fault(
        "more asked for than may be had",
        "memory: 576Mi",
        "memory: 1576Mi",
        controllers::the_default_tier_fits_on_a_small_node_and_its_data_on_its_volume,
    ),
    fault(
        "cores for thousandths of them",
        "cpu: 250m",
        "cpu: \"250\"",
        controllers::the_default_tier_fits_on_a_small_node_and_its_data_on_its_volume,
    ),
    fault(
        "a volume in another unit",
        "storage: 5Gi",
        "storage: 5Mi",
        controllers::the_default_tier_fits_on_a_small_node_and_its_data_on_its_volume,
    ),
    fault(
        "rules that are looked at seldom",
        "    interval: 30s\n    rules",
        "    interval: 30m\n    rules",
        alerts::every_alert_fires_when_it_should_and_not_before,
    ),
    fault(
        "payloads that nobody looks at",
        "on sanitize-payload",
        "on skip-sanitize-payload",
        || users::every_command_is_for_whom_it_is_meant(&VALKEY_8_1),
    ),
    fault(
        "dashboards of one name",
        "\"uid\": \"redis-",
        "\"uid\": \"redis\", \"old\": \"",
        monitoring::the_dashboard_has_twelve_panels_of_one_source,
    ),
    fault(
        "a program of the other engine",
        "run redis-check-rdb",
        "run valkey-check-rdb",
        || copies::a_backup_is_made_as_rendered(&REDIS_7_0),
    ),
    fault(
        "a field that the operator does not know",
        "scrapeTimeout",
        "scrapeTimeOut",
        schemas::every_custom_resource_is_what_its_definition_wants,
    ),
    fault(
        "a field that Kubernetes does not know",
        "startingDeadlineSeconds",
        "startingDeadlineSecond",
        super::schemas::every_object_is_valid_in_every_supported_version,
    ),
    fault(
        "a version that Kubernetes does not have any more",
        "batch/v1",
        "batch/v1beta1",
        super::schemas::every_object_is_valid_in_every_supported_version,
    ),
    fault(
        "a try that leaves no log",
        "restartPolicy: Never",
        "restartPolicy: OnFailure",
        controllers::controllers_are_told_what_goes_well_when_something_goes_wrong,
    ),
];
