//! klog and glog, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "kube-apiserver",
        "klog",
        "kube-apiserver.log",
        "I0309 10:00:00.123456       1 server.go:632] external host was not specified\n\
         W0309 10:00:01.123456       1 genericapiserver.go:733] Skipping API batch/v2alpha1\n\
         E0309 10:00:02.123456       1 controller.go:152] Unable to remove old endpoints\n",
    ),
    (
        "kube-scheduler",
        "klog",
        "scheduler.log",
        "I0309 10:00:00.123456       1 serving.go:348] Generated self-signed cert in-memory\n\
         F0309 10:00:01.123456       1 server.go:199] failed to run: no leader\n\
         goroutine 1 [running]:\n",
    ),
    // glog's header comes first; half of the lines are entries.
    (
        "glog-header",
        "klog",
        "shop.web-1.log.INFO",
        "Log file created at: 2026/03/09 10:00:00\n\
         Running on machine: web-1\n\
         Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg\n\
         I0309 10:00:00.123456 12345 main.cc:41] started\n\
         W0309 10:00:01.123456 12346 cart.cc:7] slow\n\
         E0309 10:00:02.123456 12346 cart.cc:9] gave up\n",
    ),
    // More lines of a header than of the log.
    (
        "glog-small",
        "klog",
        "shop.web-1.log.ERROR",
        "Log file created at: 2026/03/09 10:00:00\n\
         Running on machine: web-1\n\
         Binary: Built with gc go1.22 for linux/amd64\n\
         Running duration (h:mm:ss): 0:00:00\n\
         Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg\n\
         E0309 10:00:02.123456 12346 cart.cc:9] gave up\n",
    ),
    (
        "glog-year",
        "klog",
        "years.log",
        "I20260309 10:00:00.123456 12345 main.cc:41] started\n\
         W20260309 10:00:01.123456 12346 cart.cc:7] slow\n",
    ),
    (
        "klog-stack",
        "klog",
        "panic.log",
        "E0309 10:00:02.123456       1 runtime.go:79] Observed a panic: \"no such node\"\n\
         goroutine 57 [running]:\n\
         k8s.io/apimachinery/pkg/util/runtime.logPanic(0x1)\n\
         \t/go/src/runtime.go:75\n",
    ),
    (
        "klog-structured",
        "klog",
        "kubelet.log",
        r#"I0309 10:00:00.123456     812 kubelet.go:2347] "SyncLoop ADD" source="api" pods=["default/web-1"]
E0309 10:00:01.123456     812 pod_workers.go:965] "Error syncing pod" err="back-off" pod="default/web-1"
"#,
    ),
    (
        "klog-crlf",
        "klog",
        "proxy.log",
        "\u{feff}I0309 10:00:00.123456    2044 server.go:200] \"Version info\" version=\"v1.29.0\"\r\n\
         W0309 10:00:01.123456    2044 proxier.go:661] slow\r\n",
    ),
    // The command's line comes first.
    (
        "klog-prompt",
        "klog",
        "saved.log",
        r#"$ kubectl logs kube-proxy-1
I0309 10:00:00.123456       1 server_others.go:72] "Using iptables proxy"
I0309 10:00:00.223456       1 server.go:1050] "Successfully retrieved IP"
"#,
    ),
    (
        "klog-one-line",
        "klog",
        "one-klog.log",
        "I0309 10:00:00.123456       1 main.go:41] started\n",
    ),
    // The letters and numbers of klog alone.
    (
        "klog-prose",
        "text",
        "prose.txt",
        "I0501 is the number of the room.\n\
         W0309 is the next one, E0310 the last.\n",
    ),
    // No process, file and line.
    (
        "klog-no-file",
        "text",
        "nofile.txt",
        "I0309 10:00:00.123456 started\n\
         W0309 10:00:01.123456 slow\n",
    ),
    // D is no letter of klog.
    (
        "klog-other-letter",
        "text",
        "debug.txt",
        "D0309 10:00:00.123456       1 main.go:41] enter\n\
         D0309 10:00:01.123456       1 main.go:42] leave\n",
    ),
    // The entries are quoted.
    (
        "klog-mid-line",
        "text",
        "quoted.txt",
        "> I0309 10:00:00.123456       1 main.go:41] started\n\
         > W0309 10:00:01.123456       1 main.go:42] slow\n",
    ),
    // Letters in lower case.
    (
        "klog-lower",
        "text",
        "lower.txt",
        "i0309 10:00:00.123456       1 main.go:41] started\n\
         w0309 10:00:01.123456       1 main.go:42] slow\n",
    ),
];
