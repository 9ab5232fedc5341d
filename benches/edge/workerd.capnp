# Three workers in one workerd, each in an isolate and behind a port of its own: the proxy, and what it is measured against. Where the API is
# stands in the environment.

using Workerd = import "/workerd/workerd.capnp";

const loaded :Workerd.Config = (
  services = [
    (name = "proxy", worker = .proxy),
    (name = "pass-through", worker = .passThrough),
    (name = "by-hand", worker = .byHand),
    .internet,
  ],
  sockets = [
    (name = "proxy", address = "127.0.0.1:0", http = (), service = "proxy"),
    (name = "pass-through", address = "127.0.0.1:0", http = (), service = "pass-through"),
    (name = "by-hand", address = "127.0.0.1:0", http = (), service = "by-hand"),
  ],
);

# One worker each, for what a start costs.
const startProxy :Workerd.Config = (
  services = [(name = "main", worker = .proxy), .internet],
  sockets = [(name = "main", address = "127.0.0.1:0", http = (), service = "main")],
);
const startPassThrough :Workerd.Config = (
  services = [(name = "main", worker = .passThrough), .internet],
  sockets = [(name = "main", address = "127.0.0.1:0", http = (), service = "main")],
);
const startEmpty :Workerd.Config = (
  services = [(name = "main", worker = .empty), .internet],
  sockets = [(name = "main", address = "127.0.0.1:0", http = (), service = "main")],
);

const internet :Workerd.Service = (name = "internet", network = (allow = ["local"]));

const proxy :Workerd.Worker = (
  modules = [
    (name = "proxy.js", esModule = embed "proxy.js"),
    (name = "rivya-wasm/edge", esModule = embed "../../dist/edge.workerd.js"),
    (name = "rivya-wasm/edge.wasm", wasm = embed "../../dist/edge.wasm"),
  ],
  bindings = .bindings,
  compatibilityDate = .date,
);

const passThrough :Workerd.Worker = (
  modules = [(name = "pass-through.js", esModule = embed "pass-through.js")],
  bindings = .bindings,
  compatibilityDate = .date,
);

const byHand :Workerd.Worker = (
  modules = [(name = "by-hand.js", esModule = embed "by-hand.js")],
  bindings = .bindings,
  compatibilityDate = .date,
);

const empty :Workerd.Worker = (
  modules = [(name = "empty.js", esModule = "export default { fetch: () => new Response('empty') };")],
  compatibilityDate = .date,
);

const bindings :List(Workerd.Worker.Binding) = [
  (name = "UPSTREAM", fromEnvironment = "UPSTREAM"),
  (name = "RIVYA_API_KEY", text = "rvya_sk_bench"),
];

const date :Text = "2025-06-01";
