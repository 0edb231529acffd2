//! The server is reached at every address of its pod, of both families, and starts where IPv6 is switched off. A kernel
//! without IPv6 cannot be had here.

use super::client::Reply;
use super::pod::Pod;
use super::roots;
use super::servers::{Server, application, on_every_server};

on_every_server!(
    every_address_of_both_families_answers,
    a_node_without_ipv6_will_do
);

fn in_network(pod: &Pod, script: &str) {
    let mut command = pod.in_network("sh");
    let output = roots::output(command.args(["-euc", script]), b"");
    assert!(output.status.success(), "{script}: {output:?}");
}

pub(super) fn every_address_of_both_families_answers(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    in_network(&pod, "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6");
    in_network(&pod, "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6");
    // What a network plugin gives to a pod: addresses that are not those of the loopback.
    in_network(
        &pod,
        "ip address add 10.99.0.1/32 dev lo; ip address add fd99::1/128 dev lo nodad",
    );
    let _running = pod.start_ready();
    for address in ["127.0.0.1", "::1", "10.99.0.1", "fd99::1"] {
        let reply = pod.connect_to(address).call(&["GET", "k"]);
        assert!(reply.is_error("NOAUTH"), "{address}: {reply:?}");
    }
    drop(application(&pod, &secret));
}

pub(super) fn a_node_without_ipv6_will_do(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    in_network(&pod, "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6");
    let _running = pod.start_ready();
    let reply = application(&pod, &secret).call(&["SET", "k", "v"]);
    assert_eq!(reply, Reply::ok());
}
