function(name, namespace)
  local labels(component) = { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/component": component, "app.kubernetes.io/part-of": "cache-layer", "app.kubernetes.io/managed-by": "cachegen" };
  [
    {
      "apiVersion": "networking.k8s.io/v1",
      "kind": "NetworkPolicy",
      "metadata": {
        "name": name + "-redis",
        "namespace": namespace,
        "labels": labels("redis") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "podSelector": {
          "matchLabels": {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/component": "redis",
          },
        },
        "policyTypes": [
          "Ingress",
          "Egress",
        ],
        "ingress": [
          {
            "from": [
              {
                "podSelector": {},
              },
            ],
            "ports": [
              {
                "port": 6379,
                "protocol": "TCP",
              },
            ],
          },
          {
            "from": [
              {
                "namespaceSelector": {
                  "matchLabels": {
                    "kubernetes.io/metadata.name": "monitoring",
                  },
                },
              },
            ],
            "ports": [
              {
                "port": 9121,
                "protocol": "TCP",
              },
            ],
          },
        ],
      },
    },
    {
      "apiVersion": "v1",
      "kind": "ServiceAccount",
      "metadata": {
        "name": name + "-redis",
        "namespace": namespace,
        "labels": labels("redis") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "automountServiceAccountToken": false,
    },
    {
      "apiVersion": "v1",
      "kind": "ConfigMap",
      "metadata": {
        "name": name + "-redis-dashboard",
        "namespace": namespace,
        "labels": labels("redis-dashboard") + {
          "app.kubernetes.io/version": "7.2",
          "grafana_dashboard": "1",
        },
      },
      "data": {
        "alerthistory-redis-dashboard.json": "{\n  \"uid\": \"redis-be09edac10aaf6ac\",\n  \"title\": \"Redis: default/" + name + "-redis\",\n  \"tags\": [\"redis\", \"cachegen\"],\n  \"schemaVersion\": 39,\n  \"editable\": true,\n  \"refresh\": \"30s\",\n  \"time\": { \"from\": \"now-6h\", \"to\": \"now\" },\n  \"timezone\": \"browser\",\n  \"annotations\": { \"list\": [] },\n  \"templating\": {\n    \"list\": [\n      { \"name\": \"datasource\", \"label\": \"Data source\", \"type\": \"datasource\", \"query\": \"prometheus\" }\n    ]\n  },\n  \"panels\": [\n    {\n      \"id\": 1,\n      \"title\": \"Uptime\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 0, \"y\": 0, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"s\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_uptime_in_seconds{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"{{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 2,\n      \"title\": \"Connected Clients\",\n      \"type\": \"gauge\",\n      \"gridPos\": { \"x\": 8, \"y\": 0, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_connected_clients{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"{{instance}}\", \"instant\": true }\n      ]\n    },\n    {\n      \"id\": 3,\n      \"title\": \"Memory Usage\",\n      \"type\": \"bargauge\",\n      \"gridPos\": { \"x\": 16, \"y\": 0, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"percentunit\", \"min\": 0, \"max\": 1 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_memory_used_bytes{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"} / (redis_memory_max_bytes{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"} > 0)\", \"legendFormat\": \"{{instance}}\", \"instant\": true }\n      ]\n    },\n    {\n      \"id\": 4,\n      \"title\": \"Commands per Second\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 0, \"y\": 8, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"ops\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"sum by (cmd) (rate(redis_commands_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]))\", \"legendFormat\": \"{{cmd}}\" }\n      ]\n    },\n    {\n      \"id\": 5,\n      \"title\": \"Hit Rate\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 8, \"y\": 8, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"percentunit\", \"min\": 0, \"max\": 1 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"rate(redis_keyspace_hits_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]) / (rate(redis_keyspace_hits_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]) + rate(redis_keyspace_misses_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval]))\", \"legendFormat\": \"{{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 6,\n      \"title\": \"Network I/O\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 16, \"y\": 8, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"Bps\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"rate(redis_net_input_bytes_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"in {{instance}}\" },\n        { \"refId\": \"B\", \"expr\": \"rate(redis_net_output_bytes_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"out {{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 7,\n      \"title\": \"Keyspace\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 0, \"y\": 16, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_db_keys{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"{{db}} {{instance}}\" },\n        { \"refId\": \"B\", \"expr\": \"redis_db_keys_expiring{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"{{db}} expiring {{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 8,\n      \"title\": \"Evicted and Expired Keys\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 8, \"y\": 16, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"ops\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"rate(redis_evicted_keys_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"evicted {{instance}}\" },\n        { \"refId\": \"B\", \"expr\": \"rate(redis_expired_keys_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"expired {{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 9,\n      \"title\": \"Persistence\",\n      \"type\": \"stat\",\n      \"gridPos\": { \"x\": 16, \"y\": 16, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\" }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"time() - redis_rdb_last_save_timestamp_seconds{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"seconds since the last snapshot\", \"instant\": true },\n        { \"refId\": \"B\", \"expr\": \"redis_rdb_last_bgsave_status{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"last snapshot succeeded\", \"instant\": true },\n        { \"refId\": \"C\", \"expr\": \"redis_aof_enabled{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"append-only file is on\", \"instant\": true },\n        { \"refId\": \"D\", \"expr\": \"redis_aof_last_write_status{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"last write to it succeeded\", \"instant\": true }\n      ]\n    },\n    {\n      \"id\": 10,\n      \"title\": \"Slow Commands\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 0, \"y\": 24, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"rate(redis_slowlog_last_id{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"a second {{instance}}\" },\n        { \"refId\": \"B\", \"expr\": \"redis_last_slow_execution_duration_seconds{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"seconds of the last one {{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 11,\n      \"title\": \"Memory Fragmentation\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 8, \"y\": 24, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_mem_fragmentation_ratio{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"{{instance}}\" }\n      ]\n    },\n    {\n      \"id\": 12,\n      \"title\": \"Clients\",\n      \"type\": \"timeseries\",\n      \"gridPos\": { \"x\": 16, \"y\": 24, \"w\": 8, \"h\": 8 },\n      \"datasource\": { \"type\": \"prometheus\", \"uid\": \"${datasource}\" },\n      \"fieldConfig\": { \"defaults\": { \"unit\": \"short\", \"min\": 0 }, \"overrides\": [] },\n      \"targets\": [\n        { \"refId\": \"A\", \"expr\": \"redis_connected_clients{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"connected {{instance}}\" },\n        { \"refId\": \"B\", \"expr\": \"redis_blocked_clients{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}\", \"legendFormat\": \"blocked {{instance}}\" },\n        { \"refId\": \"C\", \"expr\": \"increase(redis_rejected_connections_total{job=\\\"" + name + "-redis-metrics\\\",namespace=\\\"default\\\"}[$__rate_interval])\", \"legendFormat\": \"rejected {{instance}}\" }\n      ]\n    }\n  ]\n}\n",
      },
    },
    {
      "apiVersion": "v1",
      "kind": "ConfigMap",
      "metadata": {
        "name": name + "-redis-env",
        "namespace": namespace,
        "labels": labels("redis-env") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "data": {
        "REDIS_ADDR": name + "-redis:6379",
        "REDIS_DB": "0",
        "REDIS_POOL_SIZE": "50",
      },
    },
    {
      "apiVersion": "v1",
      "kind": "ConfigMap",
      "metadata": {
        "name": name + "-redis-config",
        "namespace": namespace,
        "labels": labels("redis-config") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "data": {
        "redis.conf": "# Network\nbind * -::*\nport 6379\nprotected-mode yes\ntcp-backlog 511\ntimeout 0\ntcp-keepalive 300\n\n# General\ndaemonize no\npidfile \"\"\nloglevel notice\nlogfile \"\"\ndatabases 1\n\n# Snapshots\nsave 900 1\nsave 300 10\nsave 60 10000\nstop-writes-on-bgsave-error yes\nrdbcompression yes\nrdbchecksum yes\ndbfilename dump.rdb\ndir /data\n\n# Memory\nmaxmemory 402653184\nmaxmemory-policy volatile-lru\nmaxmemory-samples 5\n\n# Lazy freeing\nlazyfree-lazy-eviction yes\nlazyfree-lazy-expire yes\nlazyfree-lazy-server-del yes\nreplica-lazy-flush yes\n\n# Append-only file\nappendonly yes\nappendfilename appendonly.aof\nappendfsync everysec\nno-appendfsync-on-rewrite no\nauto-aof-rewrite-percentage 100\nauto-aof-rewrite-min-size 67108864\naof-load-truncated yes\naof-use-rdb-preamble yes\n\n# Scripts\nbusy-reply-threshold 5000\n\n# Slow log\nslowlog-log-slower-than 10000\nslowlog-max-len 128\n\n# Latency monitor\nlatency-monitor-threshold 100\n\n# Event notification\nnotify-keyspace-events \"\"\n\n# Encodings and housekeeping\nhash-max-listpack-entries 512\nhash-max-listpack-value 64\nlist-max-listpack-size -2\nlist-compress-depth 0\nset-max-intset-entries 512\nzset-max-listpack-entries 128\nzset-max-listpack-value 64\nhll-sparse-max-bytes 3000\nstream-node-max-bytes 4096\nstream-node-max-entries 100\nactiverehashing yes\nclient-output-buffer-limit normal 0 0 0\nclient-output-buffer-limit replica 268435456 67108864 60\nclient-output-buffer-limit pubsub 33554432 8388608 60\nhz 10\ndynamic-hz yes\naof-rewrite-incremental-fsync yes\nrdb-save-incremental-fsync yes\n\n# Users, written when the pod starts\ninclude /run/redis/auth.conf\n",
        "init.sh": "# Writes the users that redis.conf includes: hashes of the mounted passwords, whose bytes are taken exactly.\nset -eu\numask 077\nusers=/run/redis/auth.conf\nprobe=/run/redis/probe-password\n\n# user NAME RULES <PASSWORD: adds a user.\nuser() {\n  hash=$(sha256sum)\n  printf 'user %s on sanitize-payload #%s %s\\n' \"$1\" \"${hash%% *}\" \"$2\" >>\"$users.tmp\"\n}\n\n# secret NAME KEY RULES: adds a user with the password under that key.\nsecret() {\n  file=/etc/redis-secret/$2\n  if [ ! -s \"$file\" ]; then\n    echo \"the password of the user $1 is missing or empty: key $2 of the Secret\" >&2\n    exit 1\n  fi\n  if [ \"$(tr -d '\\000' <\"$file\" | wc -c)\" -ne \"$(wc -c <\"$file\")\" ]; then\n    echo \"the password of the user $1 has a NUL byte, which clients cannot send: key $2 of the Secret\" >&2\n    exit 1\n  fi\n  user \"$1\" \"$3\" <\"$file\"\n}\n\n: >\"$users.tmp\"\nsecret default 'password' '~* &* +@all -config -debug -module -replicaof -slaveof -failover -acl -shutdown -bgrewriteaof -save'\nif [ -e /etc/redis-secret/'exporter-password' ]; then\n  secret exporter 'exporter-password' 'resetkeys resetchannels -@all +auth +ping +info +select +config|get +slowlog|len +slowlog|get +latency|latest +latency|histogram +client|setname'\nelse\n  echo \"no user exporter: the Secret has no key exporter-password\"\nfi\nif [ -e /etc/redis-secret/'backup-password' ]; then\n  secret backup 'backup-password' 'resetkeys resetchannels -@all +auth +ping +sync +replconf'\nelse\n  echo \"no user backup: the Secret has no key backup-password\"\nfi\nif [ -e /etc/redis-secret/'admin-password' ]; then\n  secret admin 'admin-password' '~* &* +@all'\nelse\n  echo \"no user admin: the Secret has no key admin-password\"\nfi\n\n# The probes' own user: its password is drawn here, and goes with the pod.\nhead -c 32 /dev/urandom >\"$probe.tmp\"\nhash=$(sha256sum <\"$probe.tmp\")\nprintf '%s\\n' \"${hash%% *}\" >\"$probe.tmp\"\nprintf %s \"${hash%% *}\" | user probe 'resetkeys resetchannels -@all +auth +ping'\nchmod 0400 \"$probe.tmp\"\nmv -f \"$probe.tmp\" \"$probe\"\nmv -f \"$users.tmp\" \"$users\"\n",
        "ready.sh": "# Ready is whoever serves reads: also while snapshots fail and while all connections are taken.\nIFS= read -r REDISCLI_AUTH </run/redis/probe-password\nexport REDISCLI_AUTH\nanswer=$(redis-cli -h 127.0.0.1 --user probe ping 2>&1)\ncase \"$answer\" in\nPONG | MISCONF* | *\"max number of clients\"*) exit 0 ;;\nesac\necho \"$answer\"\nexit 1\n",
      },
    },
    {
      "apiVersion": "v1",
      "kind": "Service",
      "metadata": {
        "name": name + "-redis-headless",
        "namespace": namespace,
        "labels": labels("redis-headless") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "type": "ClusterIP",
        "clusterIP": "None",
        "publishNotReadyAddresses": true,
        "selector": {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/instance": name,
          "app.kubernetes.io/component": "redis",
        },
        "ports": [
          {
            "name": "redis",
            "port": 6379,
            "targetPort": "redis",
            "protocol": "TCP",
          },
        ],
      },
    },
    {
      "apiVersion": "v1",
      "kind": "Service",
      "metadata": {
        "name": name + "-redis-metrics",
        "namespace": namespace,
        "labels": labels("redis-metrics") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "type": "ClusterIP",
        "publishNotReadyAddresses": true,
        "selector": {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/instance": name,
          "app.kubernetes.io/component": "redis",
        },
        "ports": [
          {
            "name": "metrics",
            "port": 9121,
            "targetPort": "metrics",
            "protocol": "TCP",
          },
        ],
      },
    },
    {
      "apiVersion": "v1",
      "kind": "Service",
      "metadata": {
        "name": name + "-redis",
        "namespace": namespace,
        "labels": labels("redis") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "selector": {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/instance": name,
          "app.kubernetes.io/component": "redis",
        },
        "ports": [
          {
            "name": "redis",
            "port": 6379,
            "targetPort": "redis",
            "protocol": "TCP",
          },
        ],
      },
    },
    {
      "apiVersion": "apps/v1",
      "kind": "StatefulSet",
      "metadata": {
        "name": name + "-redis",
        "namespace": namespace,
        "labels": labels("redis") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "replicas": 1,
        "serviceName": name + "-redis-headless",
        "podManagementPolicy": "Parallel",
        "updateStrategy": {
          "type": "RollingUpdate",
          "rollingUpdate": {
            "partition": 0,
          },
        },
        "persistentVolumeClaimRetentionPolicy": {
          "whenDeleted": "Retain",
          "whenScaled": "Retain",
        },
        "selector": {
          "matchLabels": {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/component": "redis",
          },
        },
        "template": {
          "metadata": {
            "labels": {
              "app.kubernetes.io/name": name,
              "app.kubernetes.io/instance": name,
              "app.kubernetes.io/component": "redis",
            },
            "annotations": {
              "checksum/config": "a0335ef1e284a77f0b9fb6aeba89b7d4dbd78b99d50a21bc4fea574e22e81b8c",
              "checksum/secret": "e8f554768b10667ad41520496379c6f9804f831f513130b1fe5391b1e14d7ff8",
            },
          },
          "spec": {
            "serviceAccountName": name + "-redis",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "terminationGracePeriodSeconds": 60,
            "securityContext": {
              "runAsNonRoot": true,
              "runAsUser": 10001,
              "runAsGroup": 10001,
              "fsGroup": 10001,
              "fsGroupChangePolicy": "OnRootMismatch",
              "seccompProfile": {
                "type": "RuntimeDefault",
              },
            },
            "affinity": {
              "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                  {
                    "weight": 100,
                    "podAffinityTerm": {
                      "topologyKey": "kubernetes.io/hostname",
                      "labelSelector": {
                        "matchLabels": {
                          "app.kubernetes.io/name": name,
                          "app.kubernetes.io/instance": name,
                          "app.kubernetes.io/component": "redis",
                        },
                      },
                    },
                  },
                ],
              },
            },
            "initContainers": [
              {
                "name": "config-init",
                "image": "redis:7.2-alpine",
                "imagePullPolicy": "IfNotPresent",
                "command": [
                  "sh",
                  "/etc/redis/init.sh",
                ],
                "resources": {
                  "requests": {
                    "cpu": "10m",
                    "memory": "16Mi",
                  },
                  "limits": {
                    "memory": "64Mi",
                  },
                },
                "securityContext": {
                  "allowPrivilegeEscalation": false,
                  "readOnlyRootFilesystem": true,
                  "runAsNonRoot": true,
                  "capabilities": {
                    "drop": [
                      "ALL",
                    ],
                  },
                },
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": [
                  {
                    "name": "config",
                    "mountPath": "/etc/redis",
                    "readOnly": true,
                  },
                  {
                    "name": "secret",
                    "mountPath": "/etc/redis-secret",
                    "readOnly": true,
                  },
                  {
                    "name": "run",
                    "mountPath": "/run/redis",
                  },
                ],
              },
            ],
            "containers": [
              {
                "name": "redis",
                "image": "redis:7.2-alpine",
                "imagePullPolicy": "IfNotPresent",
                "command": [
                  "redis-server",
                  "/etc/redis/redis.conf",
                ],
                "ports": [
                  {
                    "name": "redis",
                    "containerPort": 6379,
                    "protocol": "TCP",
                  },
                ],
                "startupProbe": {
                  "exec": {
                    "command": [
                      "sh",
                      "/etc/redis/ready.sh",
                    ],
                  },
                  "periodSeconds": 2,
                  "timeoutSeconds": 5,
                  "failureThreshold": 31,
                },
                "livenessProbe": {
                  "exec": {
                    "command": [
                      "env",
                      "-u",
                      "REDISCLI_AUTH",
                      "redis-cli",
                      "-h",
                      "127.0.0.1",
                      "ping",
                    ],
                  },
                  "periodSeconds": 10,
                  "timeoutSeconds": 5,
                  "failureThreshold": 6,
                },
                "readinessProbe": {
                  "exec": {
                    "command": [
                      "sh",
                      "/etc/redis/ready.sh",
                    ],
                  },
                  "periodSeconds": 5,
                  "timeoutSeconds": 5,
                  "failureThreshold": 3,
                },
                "resources": {
                  "requests": {
                    "cpu": "250m",
                    "memory": "576Mi",
                  },
                  "limits": {
                    "memory": "896Mi",
                  },
                },
                "securityContext": {
                  "allowPrivilegeEscalation": false,
                  "readOnlyRootFilesystem": true,
                  "runAsNonRoot": true,
                  "capabilities": {
                    "drop": [
                      "ALL",
                    ],
                  },
                },
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": [
                  {
                    "name": "redis-data",
                    "mountPath": "/data",
                  },
                  {
                    "name": "config",
                    "mountPath": "/etc/redis",
                    "readOnly": true,
                  },
                  {
                    "name": "run",
                    "mountPath": "/run/redis",
                  },
                ],
              },
              {
                "name": "redis-exporter",
                "image": "quay.io/oliver006/redis_exporter:v1.69.0",
                "imagePullPolicy": "IfNotPresent",
                "env": [
                  {
                    "name": "REDIS_ADDR",
                    "value": "redis://127.0.0.1:6379",
                  },
                  {
                    "name": "REDIS_USER",
                    "value": "exporter",
                  },
                  {
                    "name": "REDIS_PASSWORD",
                    "valueFrom": {
                      "secretKeyRef": {
                        "name": name + "-redis-secret",
                        "key": "exporter-password",
                        "optional": true,
                      },
                    },
                  },
                  {
                    "name": "REDIS_EXPORTER_CONNECTION_TIMEOUT",
                    "value": "3s",
                  },
                ],
                "ports": [
                  {
                    "name": "metrics",
                    "containerPort": 9121,
                    "protocol": "TCP",
                  },
                ],
                "livenessProbe": {
                  "httpGet": {
                    "path": "/health",
                    "port": "metrics",
                  },
                  "timeoutSeconds": 3,
                },
                "resources": {
                  "requests": {
                    "cpu": "50m",
                    "memory": "64Mi",
                  },
                  "limits": {
                    "memory": "128Mi",
                  },
                },
                "securityContext": {
                  "allowPrivilegeEscalation": false,
                  "readOnlyRootFilesystem": true,
                  "runAsNonRoot": true,
                  "capabilities": {
                    "drop": [
                      "ALL",
                    ],
                  },
                },
                "terminationMessagePolicy": "FallbackToLogsOnError",
              },
            ],
            "volumes": [
              {
                "name": "config",
                "configMap": {
                  "name": name + "-redis-config",
                  "defaultMode": 292,
                },
              },
              {
                "name": "secret",
                "secret": {
                  "secretName": name + "-redis-secret",
                  "defaultMode": 288,
                },
              },
              {
                "name": "run",
                "emptyDir": {
                  "medium": "Memory",
                  "sizeLimit": "1Mi",
                },
              },
            ],
          },
        },
        "volumeClaimTemplates": [
          {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
              "name": "redis-data",
              "labels": {
                "app.kubernetes.io/name": name,
                "app.kubernetes.io/instance": name,
                "app.kubernetes.io/component": "redis",
              },
            },
            "spec": {
              "accessModes": [
                "ReadWriteOnce",
              ],
              "resources": {
                "requests": {
                  "storage": "5Gi",
                },
              },
            },
          },
        ],
      },
    },
    {
      "apiVersion": "monitoring.coreos.com/v1",
      "kind": "PrometheusRule",
      "metadata": {
        "name": name + "-redis-alerts",
        "namespace": namespace,
        "labels": labels("redis-alerts") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "groups": [
          {
            "name": "redis.critical",
            "interval": "30s",
            "rules": [
              {
                "alert": "RedisDown",
                "expr": "redis_up{job=\"" + name + "-redis-metrics\",namespace=\"default\"} == 0",
                "for": "1m",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis is down",
                  "description": "Redis instance {{ $labels.instance }} does not answer its exporter.",
                },
              },
              {
                "alert": "RedisMetricsMissing",
                "expr": "up{job=\"" + name + "-redis-metrics\",namespace=\"default\"} == 0 or absent(up{job=\"" + name + "-redis-metrics\",namespace=\"default\"})",
                "for": "5m",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis metrics are missing",
                  "description": "Prometheus gets no metrics of {{ $labels.job }}: the exporter is gone or does not answer.",
                },
              },
              {
                "alert": "RedisOutOfMemory",
                "expr": "increase(redis_errors_total{job=\"" + name + "-redis-metrics\",namespace=\"default\",err=\"OOM\"}[5m]) > 0 or (redis_errors_total{job=\"" + name + "-redis-metrics\",namespace=\"default\",err=\"OOM\"} unless redis_errors_total{job=\"" + name + "-redis-metrics\",namespace=\"default\",err=\"OOM\"} offset 5m) > 0",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis refuses writes for want of memory",
                  "description": "Redis instance {{ $labels.instance }} answered {{ $value | humanize }} writes with OOM: it is full, and nothing may be evicted.",
                },
              },
              {
                "alert": "RedisTooManyConnections",
                "expr": "redis_connected_clients{job=\"" + name + "-redis-metrics\",namespace=\"default\"} / (redis_config_maxclients{job=\"" + name + "-redis-metrics\",namespace=\"default\"} or redis_max_clients{job=\"" + name + "-redis-metrics\",namespace=\"default\"}) > 0.8",
                "for": "5m",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis has too many connections",
                  "description": "Redis instance {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its connections.",
                },
              },
              {
                "alert": "RedisRejectedConnections",
                "expr": "increase(redis_rejected_connections_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) > 0",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis rejected connections",
                  "description": "Redis instance {{ $labels.instance }} rejected {{ $value | humanize }} connections.",
                },
              },
              {
                "alert": "RedisPersistenceFailure",
                "expr": "redis_rdb_last_bgsave_status{job=\"" + name + "-redis-metrics\",namespace=\"default\"} == 0 or redis_aof_last_bgrewrite_status{job=\"" + name + "-redis-metrics\",namespace=\"default\"} == 0 or redis_aof_last_write_status{job=\"" + name + "-redis-metrics\",namespace=\"default\"} == 0",
                "for": "1m",
                "labels": {
                  "severity": "critical",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis cannot persist its data",
                  "description": "Redis instance {{ $labels.instance }} failed to write its data to the volume, and may refuse writes.",
                },
              },
            ],
          },
          {
            "name": "redis.warning",
            "interval": "30s",
            "rules": [
              {
                "alert": "RedisMemoryNearLimit",
                "expr": "redis_memory_used_rss_bytes{job=\"" + name + "-redis-metrics\",namespace=\"default\"} > 0.9 * 939524096",
                "for": "5m",
                "labels": {
                  "severity": "warning",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis is near its memory limit",
                  "description": "Redis instance {{ $labels.instance }} uses {{ $value | humanize1024 }}B of memory, near the limit of its container.",
                },
              },
              {
                "alert": "RedisEvicting",
                "expr": "rate(redis_evicted_keys_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) > 100",
                "for": "15m",
                "labels": {
                  "severity": "warning",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis evicts many keys",
                  "description": "Redis instance {{ $labels.instance }} evicts {{ $value | humanize }} keys a second.",
                },
              },
              {
                "alert": "RedisSlowQueries",
                "expr": "increase(redis_slowlog_last_id{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) > 10",
                "for": "5m",
                "labels": {
                  "severity": "warning",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis has slow commands",
                  "description": "Redis instance {{ $labels.instance }} had {{ $value | humanize }} slow commands.",
                },
              },
              {
                "alert": "RedisLowHitRate",
                "expr": "rate(redis_keyspace_hits_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) / (rate(redis_keyspace_hits_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) + rate(redis_keyspace_misses_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m])) < 0.2 and rate(redis_keyspace_hits_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) + rate(redis_keyspace_misses_total{job=\"" + name + "-redis-metrics\",namespace=\"default\"}[5m]) > 1",
                "for": "15m",
                "labels": {
                  "severity": "warning",
                  "component": "redis",
                },
                "annotations": {
                  "summary": "Redis has a low hit rate",
                  "description": "Redis instance {{ $labels.instance }} finds {{ $value | humanizePercentage }} of the keys that are read.",
                },
              },
            ],
          },
        ],
      },
    },
    {
      "apiVersion": "monitoring.coreos.com/v1",
      "kind": "ServiceMonitor",
      "metadata": {
        "name": name + "-redis",
        "namespace": namespace,
        "labels": labels("redis-monitoring") + {
          "app.kubernetes.io/version": "7.2",
        },
      },
      "spec": {
        "selector": {
          "matchLabels": {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/component": "redis-metrics",
          },
        },
        "endpoints": [
          {
            "port": "metrics",
            "interval": "30s",
            "scrapeTimeout": "10s",
            "path": "/metrics",
            "scheme": "http",
            "relabelings": [
              {
                "sourceLabels": [
                  "__meta_kubernetes_pod_name",
                ],
                "action": "replace",
                "targetLabel": "pod",
              },
              {
                "sourceLabels": [
                  "__meta_kubernetes_pod_node_name",
                ],
                "action": "replace",
                "targetLabel": "node",
              },
            ],
          },
        ],
      },
    },
  ]
