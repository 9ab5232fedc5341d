// A page that makes pictures with rivya-wasm, and an example of how to use it. Read connect(), readRequest(), run() and
// explain() for the client; the rest is an ordinary form.
import { createClient, RivyaError } from "./vendor/rivya-wasm.js";

/** Every word that the page shows, by language. Elements of index.html name theirs by data-text. */
const ENGLISH = {
  title: "rivya-wasm demo",
  prompt: "Prompt",
  optional: "optional",
  references: "References",
  chooseFiles: "Choose files",
  model: "Model",
  generate: "Generate",
  result: "Result",
  stepUpload: "Upload",
  stepQueue: "Queue",
  stepGenerate: "Generate",
  cancel: "Cancel",
  empty: "What you make appears here.",
  things: { image: "picture", video: "video", audio: "sound" },
  left: {
    running: (thing, time) => `Your ${thing} from ${time} is still being made.`,
    succeeded: (thing, time) => `Your ${thing} from ${time} is ready.`,
    unsubmitted: (_thing, time) =>
      `Your request from ${time} was sent, but its answer never arrived. It may have been accepted, and paid for.`,
    lost: (thing, time) => `Your ${thing} from ${time}: the API knew it no more when it was last asked.`,
  },
  takeUp: {
    running: "Wait for it",
    succeeded: "Show it",
    unsubmitted: "Ask again, without paying twice",
    lost: "Look again",
  },
  forget: "Forget it",
  badgeEmulator: "Emulator in this page, nothing is paid",
  badgeApi: (url, note) => `${note ?? "API"} at ${url}`,
  cannotStart: "The page could not start.",
  /** The client says it in English, with more in it. */
  issues: {},
  capabilities: { image: "Image", video: "Video", audio: "Audio" },
  options: { true: "Yes", false: "No" },
  modelDecides: "Model’s choice",
  notANumber: "This is not a number.",
  count: (count, limit) => (limit === null ? `${number(count)}` : `${number(count)} / ${number(limit)}`),
  referenceHint: "or drop them on this page, or paste.",
  noReferences: (model) => `${model} takes no reference files.`,
  dropHere: "Drop to add as reference",
  remove: (name, position) => `Remove reference ${position}, ${name}`,
  unused: "not used",
  removed: (what) => `Stays here: ${what.join(", ")}`,
  shrinks: "Too large: it is made smaller before it is sent",
  isFolder: (name) => `${name} is a folder; drop the files in it.`,
  uploadOf: (name) => `Upload of ${name}`,
  tooMany: (limit, model) => `${model} takes ${limit}; the greyed ones are not sent.`,
  lines: { dialogue: "Dialogue" },
  params: {},
  addLine: "Add a line",
  lineField: (key, position) => `Line ${position}: ${key}`,
  removeLine: (position) => `Remove line ${position}`,
  cost: (credits, metered) => `${metered ? "From " : ""}${credits} ${credits === 1 ? "credit" : "credits"}`,
  balance: (credits) => `Balance: ${number(credits)}`,
  phases: {
    checking: "Checking…",
    uploading: (progress) =>
      progress.files === 1 ? "Uploading the reference…" : `Uploading ${progress.files} references…`,
    submitting: "Sending the request…",
    queued: "Waiting in the queue…",
    processing: { image: "Making the picture…", video: "Making the video…", audio: "Making the sound…" },
    downloading: "Fetching the result…",
    offline: "You are offline. Nothing is lost: it goes on when the network is back.",
  },
  done: (seconds, credits) => `Done in ${seconds} s, for ${credits} ${credits === 1 ? "credit" : "credits"}.`,
  download: "Download",
  duration: (seconds) => (seconds < 90 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`),
  resultAlt: (prompt) => (prompt ? `Made from the prompt: ${prompt}` : "Generated picture"),
  invalid: (count) =>
    count === 1
      ? "One field needs another look. Nothing was sent."
      : `${count} fields need another look. Nothing was sent.`,
  cancelledUnsent: "Cancelled. Nothing was sent, nothing is paid.",
  cancelledSent:
    "You stopped waiting. The API cannot cancel: what was sent runs on there, and is paid for when it succeeds.",
  keepWaiting: "Keep waiting",
  fetchAgain: "Fetch it again",
  tryAgain: "Try again",
  tryAgainSafely: "Ask again, without paying twice",
  errors: {
    insufficient_credits: (_error, { cost, balance }) => {
      const left = balance === null ? "" : `, and ${number(balance)} are left`;
      return `There are not enough credits: this takes at least ${cost}${left}. Choose a cheaper model, or top up.`;
    },
    rate_limited: ({ retryAfterMs }) => {
      const pause = retryAfterMs === null ? "after a moment" : `in ${TEXT.duration(Math.ceil(retryAfterMs / 1000))}`;
      return `Too many requests. Try again ${pause}.`;
    },
    too_many_at_once: "Too many of your generations are under way at once. Wait until one has ended, then try again.",
    network_error: "The API could not be reached. Check your connection, then try again.",
    timeout: "The API took too long to answer.",
    generation_failed: "The model could not make this.",
    validation_failed: "The API refused the request.",
    unauthorized: "You are not let in here.",
    api_key: "The API does not take the key of this page’s server.",
    upstream: "The API can’t be reached from here for now. Try again later.",
    public_api_disabled: "The API is switched off for now. Try again later.",
    not_found: "The API knows nothing of it any more.",
    file_unreadable: "A file has changed since it was chosen, or is gone. Choose it again.",
    other: "Something went wrong.",
    resume_expired:
      "Nobody saw an answer to this for a day, so it is not sent again: it might be charged twice. Look at your account whether it was made, then forget it.",
  },
  mayHaveBeenCharged:
    "The answer never arrived. Your request may have been accepted, and paid for. Ask again with the button below: it sends the same request under the same key.",
  stillRunning: "It takes longer than the page waits. Your request runs on.",
  notFetched: "It was made and paid for, but could not be fetched.",
  requestId: (id) => `Request ${id}`,
};

/** What the client and the API say comes in English: it stands behind the page's own words, and is marked so. */
const DUTCH = {
  title: "Demo van rivya-wasm",
  prompt: "Prompt",
  optional: "mag leeg blijven",
  references: "Voorbeelden",
  chooseFiles: "Kies bestanden",
  model: "Model",
  generate: "Maken",
  result: "Resultaat",
  stepUpload: "Uploaden",
  stepQueue: "Wachtrij",
  stepGenerate: "Maken",
  cancel: "Annuleren",
  empty: "Hier verschijnt wat je maakt.",
  things: { image: "afbeelding", video: "video", audio: "geluid" },
  left: {
    running: (thing, time) => `Er wordt nog gewerkt aan je ${thing} van ${time}.`,
    succeeded: (thing, time) => `Je ${thing} van ${time} is klaar.`,
    unsubmitted: (_thing, time) =>
      `Je opdracht van ${time} is verstuurd, maar er kwam nooit antwoord. Misschien is die aangenomen, en betaald.`,
    lost: (thing, time) =>
      `Je ${thing} van ${time}: toen er het laatst naar werd gevraagd, kende de API dit niet meer.`,
  },
  takeUp: {
    running: "Erop wachten",
    succeeded: "Laten zien",
    unsubmitted: "Opnieuw vragen, zonder dubbel te betalen",
    lost: "Nog eens kijken",
  },
  forget: "Vergeten",
  badgeEmulator: "Emulator in deze pagina, er wordt niets betaald",
  badgeApi: (url, note) => `${note ?? "API"} op ${url}`,
  cannotStart: "De pagina kon niet starten.",
  issues: {
    prompt: ({ isEmpty, limit }) =>
      isEmpty ? "Schrijf eerst een prompt." : `Deze prompt is te lang: hoogstens ${number(limit)} tekens.`,
    params: ({ isEmpty }) => (isEmpty ? "Dit moet nog worden ingevuld." : "Zo kan dit niet worden verstuurd."),
    references: () => "Zo kan dit niet als voorbeeld worden verstuurd.",
  },
  capabilities: { image: "Afbeelding", video: "Video", audio: "Geluid" },
  options: { true: "Ja", false: "Nee" },
  modelDecides: "Keuze van het model",
  notANumber: "Dit is geen getal.",
  count: ENGLISH.count,
  referenceHint: "of sleep ze naar deze pagina, of plak ze.",
  noReferences: (model) => `${model} gebruikt geen voorbeelden.`,
  dropHere: "Laat los om als voorbeeld te gebruiken",
  remove: (name, position) => `Verwijder voorbeeld ${position}, ${name}`,
  unused: "niet gebruikt",
  removed: (what) => `Blijft hier: ${what.join(", ")}`,
  shrinks: "Te groot: wordt voor het versturen verkleind",
  isFolder: (name) => `${name} is een map; sleep de bestanden die erin zitten.`,
  uploadOf: (name) => `Upload van ${name}`,
  tooMany: (limit, model) => `${model} neemt er ${limit}; de grijze worden niet verstuurd.`,
  lines: { dialogue: "Dialoog" },
  params: {
    aspectratio: "Beeldverhouding",
    resolution: "Resolutie",
    imageresolution: "Resolutie",
    duration: "Duur",
    durationseconds: "Duur in seconden",
    seed: "Startgetal",
    negativeprompt: "Wat er niet in mag",
    watermark: "Watermerk",
    removewatermark: "Watermerk weglaten",
    outputformat: "Bestandsformaat",
    imagesize: "Afmetingen",
    size: "Afmetingen",
    quality: "Kwaliteit",
    style: "Stijl",
    speed: "Snelheid",
    sound: "Geluid",
    generateaudio: "Geluid maken",
    languagecode: "Taalcode",
    voice: "Stem",
    enabletranslation: "Prompt vertalen",
    maximages: "Aantal afbeeldingen",
  },
  addLine: "Regel toevoegen",
  lineField: (key, position) => `Regel ${position}: ${key}`,
  removeLine: (position) => `Verwijder regel ${position}`,
  cost: (credits, metered) => `${metered ? "Vanaf " : ""}${credits} ${credits === 1 ? "credit" : "credits"}`,
  balance: (credits) => `Saldo: ${number(credits)}`,
  phases: {
    checking: "Nakijken…",
    uploading: (progress) =>
      progress.files === 1 ? "Het voorbeeld wordt geüpload…" : `${progress.files} voorbeelden worden geüpload…`,
    submitting: "De opdracht wordt verstuurd…",
    queued: "In de wachtrij…",
    processing: {
      image: "De afbeelding wordt gemaakt…",
      video: "De video wordt gemaakt…",
      audio: "Het geluid wordt gemaakt…",
    },
    downloading: "Het resultaat wordt opgehaald…",
    offline: "Je bent offline. Er gaat niets verloren: het gaat verder zodra er weer verbinding is.",
  },
  done: (seconds, credits) => `Klaar in ${seconds} s, voor ${credits} ${credits === 1 ? "credit" : "credits"}.`,
  download: "Downloaden",
  duration: (seconds) => (seconds < 90 ? `${seconds} seconden` : `${Math.round(seconds / 60)} minuten`),
  resultAlt: (prompt) => (prompt ? `Gemaakt van de prompt: ${prompt}` : "Gemaakte afbeelding"),
  invalid: (count) =>
    count === 1
      ? "Kijk nog eens naar één veld. Er is niets verstuurd."
      : `Kijk nog eens naar ${count} velden. Er is niets verstuurd.`,
  cancelledUnsent: "Geannuleerd. Er is niets verstuurd en niets betaald.",
  cancelledSent:
    "Je wacht niet meer. De API kan niet annuleren: wat verstuurd is, loopt daar door, en wordt betaald als het lukt.",
  keepWaiting: "Toch wachten",
  fetchAgain: "Nog eens ophalen",
  tryAgain: "Opnieuw proberen",
  tryAgainSafely: "Opnieuw vragen, zonder dubbel te betalen",
  errors: {
    insufficient_credits: (_error, { cost, balance }) => {
      const left = balance === null ? "" : `, en er zijn er nog ${number(balance)}`;
      return `Er zijn niet genoeg credits: dit kost er minstens ${cost}${left}. Kies een goedkoper model, of vul aan.`;
    },
    rate_limited: ({ retryAfterMs }) => {
      const pause = retryAfterMs === null ? "straks" : `over ${TEXT.duration(Math.ceil(retryAfterMs / 1000))}`;
      return `Te veel opdrachten. Probeer het ${pause} opnieuw.`;
    },
    too_many_at_once: "Er lopen te veel opdrachten van je tegelijk. Wacht tot er een klaar is en probeer het opnieuw.",
    network_error: "De API is niet bereikbaar. Controleer je verbinding en probeer het opnieuw.",
    timeout: "De API deed te lang over haar antwoord.",
    generation_failed: "Het model kon dit niet maken.",
    validation_failed: "De API heeft de opdracht geweigerd.",
    unauthorized: "Je wordt hier niet toegelaten.",
    api_key: "De API aanvaardt de sleutel van de server van deze pagina niet.",
    upstream: "De API is van hieruit even niet bereikbaar. Probeer het later opnieuw.",
    public_api_disabled: "De API is even uitgeschakeld. Probeer het later opnieuw.",
    not_found: "De API kent dit niet meer.",
    file_unreadable: "Een bestand is veranderd sinds het gekozen werd, of weg. Kies het opnieuw.",
    other: "Er ging iets mis.",
    resume_expired:
      "Een dag lang zag niemand een antwoord hierop, dus wordt het niet opnieuw verstuurd: het zou dubbel betaald kunnen worden. Kijk in je account of het gemaakt is, en vergeet het dan.",
  },
  mayHaveBeenCharged:
    "Er kwam geen antwoord. Misschien is je opdracht aangenomen, en betaald. Vraag het opnieuw met de knop hieronder: die verstuurt dezelfde opdracht met dezelfde sleutel.",
  stillRunning: "Het duurt langer dan de pagina wacht. Je opdracht loopt door.",
  notFetched: "Het is gemaakt en betaald, maar kon niet worden opgehaald.",
  requestId: (id) => `Aanvraag ${id}`,
};

const LANGUAGES = { en: ENGLISH, nl: DUTCH };
/** The visitor's first language that the page has. */
const language =
  (navigator.languages ?? [])
    .map((tag) => tag.toLowerCase().split("-")[0])
    .find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
const TEXT = LANGUAGES[language];

const FIRST_MODEL = "nano-banana-2";
/** Images that are too large for a model are made smaller. */
const FIT = "limit";
/** Enough for some pictures, too little for the dearest videos: so that running out can be tried too. */
const EMULATOR_CREDITS = 100;

const $ = (id) => document.getElementById(id);
/** What the client tells of once a submission may have left; that the network is lost it tells at any time. */
const SUBMITTED_PHASES = ["submitting", "queued", "processing"];
const number = (value) => value.toLocaleString(document.documentElement.lang);

/**
 * Credits per model, from the API itself where it names the model: its list outranks the catalogue that the page was
 * built with.
 */
const liveCredits = new Map();
/**
 * Files chosen so far, each with its list item. They stay when the model changes; those over its limit are greyed and
 * not sent.
 */
const references = [];
/** What the visitor set by hand, kept for the next model. `aspect_ratio` and `aspectRatio` count as one. */
const chosen = new Map();
/** Lists of lines by parameter, kept while another model is shown. */
const lineLists = new Map();
let client;
let models;
let model;
let balance = null;
/** The AbortController of the run in progress. */
let running = null;

// ── Start ──

async function start() {
  document.documentElement.lang = language;
  document.title = TEXT.title;
  try {
    client = await connect();
    models = (await (await fetch("./vendor/catalogue.json")).json()).models.filter(
      (each) => each.capability in TEXT.capabilities,
    );
  } catch (error) {
    $("needs-server").lang = language;
    $("needs-server").replaceChildren(TEXT.cannotStart, " ", inEnglish(error.message));
    return;
  }
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = TEXT[node.dataset.text];
  fillModels();
  listen();
  $("needs-server").remove();
  $("app").hidden = false;
  void refreshBalance();
  void refreshCredits();
  const [first] = await showLeft();
  if (first && ["running", "succeeded"].includes(first.state)) takeUp(first);
}

/**
 * An emulator inside the page, or whatever answers at the address in `<meta name="rivya-api">`. No key here: a proxy
 * adds it.
 */
async function connect() {
  const { content: api, dataset } = document.querySelector('meta[name="rivya-api"]');
  if (api === "emulator") {
    $("badge").textContent = TEXT.badgeEmulator;
    const { createEmulator } = await import("./vendor/emulator.js");
    const emulator = await createEmulator({ credits: EMULATOR_CREDITS });
    // It forgets its tasks with the page: there is nothing to come back to.
    return createClient({ ...emulator.options, store: null });
  }
  $("badge").textContent = TEXT.badgeApi(api, dataset.note);
  return createClient({ baseUrl: api });
}

function listen() {
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("form").addEventListener("input", (event) => {
    for (let field = event.target.closest("[data-path]"); field; field = field.parentElement.closest("[data-path]"))
      clearIssue(field);
  });
  $("form").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
  });
  $("prompt").addEventListener("input", countPrompt);
  $("model").addEventListener("change", chooseModel);
  $("cancel").addEventListener("click", () => running?.abort());
  $("file").addEventListener("change", () => {
    addReferences($("file").files);
    $("file").value = "";
  });
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    // Office programs put a picture of copied text beside the text.
    if (files.length === 0 || types.includes("text/plain")) return;
    event.preventDefault();
    addReferences(files);
  });
  listenForDrops();
}

async function refreshBalance() {
  try {
    balance = (await client.credits.retrieve()).current_credits;
  } catch {
    // A proxy need not tell: then the page shows the price alone.
    balance = null;
  }
  $("balance").textContent = balance === null ? "" : TEXT.balance(balance);
}

async function refreshCredits() {
  try {
    for (const { id, base_credits } of (await client.models.list()).data) liveCredits.set(id, base_credits);
    showCost();
  } catch {
    // The catalogue's prices stand.
  }
}

// ── Model, prompt and parameters ──

function fillModels() {
  for (const [capability, label] of Object.entries(TEXT.capabilities)) {
    const options = models
      .filter((each) => each.capability === capability)
      .map((each) => new Option(each.display_name, each.id));
    $("model").append(element("optgroup", { label }, ...options));
  }
  $("model").value = FIRST_MODEL;
  chooseModel();
}

function chooseModel() {
  model = models.find((each) => each.id === $("model").value);
  $("prompt-label").replaceChildren(
    TEXT.prompt,
    model.prompt_required ? "" : element("span", { className: "optional" }, ` (${TEXT.optional})`),
  );
  $("prompt").setAttribute("aria-required", String(model.prompt_required));
  $("params").replaceChildren(...listFields().map(lineList), ...model.params.map(paramField));
  clearIssues();
  countPrompt();
  showReferences();
  showCost();
}

/** In Unicode code points, as the API counts: an emoji is one, though it takes two places in a JavaScript string. */
function countPrompt() {
  const count = [...$("prompt").value].length;
  const limit = model.prompt_limit_chars;
  $("prompt-count").textContent = TEXT.count(count, limit);
  $("prompt-count").classList.toggle("over", limit !== null && count > limit);
}

const creditsOf = ({ id, base_credits }) => liveCredits.get(id) ?? base_credits;

function showCost() {
  $("cost").textContent = TEXT.cost(creditsOf(model), model.billing === "METERED");
}

function paramField(param) {
  const id = `param-${param.key}`;
  const label = labelOf(param.key);
  // The catalogue often says of a parameter no more than its name.
  const hint = param.description?.toLowerCase() === wordsOf(param.key).toLowerCase() ? null : param.description;
  const control = paramControl(param, id);
  const kept = chosen.get(plainKey(param.key));
  control.value = fits(param, kept) ? kept : (param.default ?? "");
  control.addEventListener("input", () => chosen.set(plainKey(param.key), control.value));
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return element(
    "div",
    { className: hint?.length > 40 ? "field wide" : "field", "data-path": `params.${param.key}` },
    element("label", { htmlFor: id }, label),
    control,
    hint ? element("p", { id: `${id}-hint`, className: "hint" }, hint) : "",
    errorLine(),
  );
}

function paramControl(param, id) {
  if (param.type === "select") {
    const undecided = param.default === null ? [new Option(TEXT.modelDecides, "")] : [];
    return element(
      "select",
      { id },
      ...undecided,
      ...param.options.map((value) => new Option(TEXT.options[value] ?? value, value)),
    );
  }
  if (param.type === "number") {
    const { min = "", max = "", step = "any" } = param.range ?? {};
    return element("input", { id, type: "number", min, max, step });
  }
  return element("input", { id, type: "text" });
}

function fits(param, value) {
  if (value === undefined || value === "") return false;
  if (param.type === "select") return param.options.includes(value);
  if (param.type === "number")
    return Number(value) >= (param.range?.min ?? -Infinity) && Number(value) <= (param.range?.max ?? Infinity);
  return true;
}

const listFields = () => model.extra_request_fields.filter((field) => field.type === "array");

/**
 * A parameter that is a list of lines, such as the dialogue of `elevenlabs-dialogue-v3`: one row each, which can be
 * added and removed.
 */
function lineList({ key: path, item }) {
  if (lineLists.has(path)) return lineLists.get(path);
  const key = path.replace("params.", "");
  const rows = element("ul", { className: "lines" });
  const add = element("button", { type: "button", className: "button" }, TEXT.addLine);
  const renumber = () =>
    [...rows.children].forEach((row, index) => {
      row.dataset.path = `${path}[${index}]`;
      for (const control of row.querySelectorAll("[name]"))
        control.setAttribute("aria-label", TEXT.lineField(control.name, index + 1));
      row.querySelector("button").setAttribute("aria-label", TEXT.removeLine(index + 1));
    });
  const addRow = () => {
    const controls = Object.keys(item).map((name) =>
      lineControl(name, rows.lastElementChild?.querySelector(`[name=${name}]`)),
    );
    const remove = element("button", { type: "button", className: "button" }, "×");
    const row = element("li", { className: "line", "data-path": "" }, ...controls, remove, errorLine());
    remove.addEventListener("click", () => {
      (row.nextElementSibling?.querySelector("[name]") ?? add).focus();
      row.remove();
      renumber();
    });
    rows.append(row);
    renumber();
    return row;
  };
  add.addEventListener("click", () => addRow().querySelector("input").focus());
  addRow();
  const legend = element("legend", {}, TEXT.lines[key] ?? labelOf(key));
  const list = element("fieldset", { className: "field wide", "data-path": path }, legend, rows, add, errorLine());
  lineLists.set(path, list);
  return list;
}

/** One cell of a line: a menu where the model has a default of that name to take the options from, else a text. */
function lineControl(name, above) {
  const options = model.params.find((param) => param.key === `default_${name}`)?.options;
  if (!options) return element("input", { name, type: "text" });
  const menu = element("select", { name }, ...options.map((value) => new Option(value)));
  if (above) menu.selectedIndex = (above.selectedIndex + 1) % options.length;
  return menu;
}

// ── Reference files ──

const takesReferences = () => model.inputs.includes("file");
const referenceLimit = () => model.upload_policy?.max_files ?? null;
const usedReferences = () => (takesReferences() ? references.slice(0, referenceLimit() ?? undefined) : []);

function addReferences(files) {
  if (!takesReferences()) return tell(TEXT.noReferences(model.display_name));
  for (const file of files) references.push(makeReference(file));
  showReferences();
}

/** What is dropped may be a folder, which a page can't upload: browsers show it as a file that can't be read. */
function addDropped({ items, files }) {
  const folders = new Set(
    [...items]
      .map((item) => item.webkitGetAsEntry?.())
      .filter((entry) => entry?.isDirectory)
      .map(({ name }) => name),
  );
  addReferences([...files].filter(({ name }) => !folders.has(name)));
  if (folders.size > 0) tell([...folders].map(TEXT.isFolder).join(" "));
}

function makeReference(file) {
  const reference = { file, url: URL.createObjectURL(file) };
  const name = () => element("span", { className: "name" }, file.name);
  const isVideo = file.type.startsWith("video/");
  const preview = isVideo
    ? element("video", { src: reference.url, muted: true })
    : element("img", { src: reference.url, alt: file.name });
  preview.addEventListener("error", () => preview.replaceWith(name()));
  reference.remove = element("button", { type: "button", className: "remove" }, "×");
  reference.remove.addEventListener("click", () => removeReference(reference));
  reference.note = element("span", { className: "unused-note", hidden: true }, TEXT.unused);
  reference.bar = element("progress", { max: 1, value: 0, hidden: true, "aria-label": TEXT.uploadOf(file.name) });
  reference.report = element("p", { className: "report", hidden: true });
  const thumbnail = element("div", { className: "thumbnail" }, preview, reference.remove, reference.bar);
  reference.item = element("li", { "data-path": "" }, thumbnail, reference.note, reference.report, errorLine());
  return reference;
}

/** Tells, before anything is sent, what of a file stays here, whether it is made smaller, and what is wrong with it. */
async function inspect(reference) {
  const { id } = model;
  const show = ({ removed = [], shrinks = false, issues }) => {
    if (id !== model.id || !reference.item.isConnected) return;
    const said = [removed.length > 0 && TEXT.removed(removed), shrinks && TEXT.shrinks].filter(Boolean);
    reference.report.textContent = said.join(". ");
    reference.report.hidden = said.length === 0;
    reference.item.classList.toggle("told", said.length > 0);
    for (const { message } of issues) showIssue(reference.item, reference.item.dataset.path, sentence(message));
  };
  try {
    show(await client.files.inspect(reference.file, { model: id, fit: FIT }));
  } catch ({ message }) {
    show({ issues: [{ message: message.replace(/^file: /, "") }] });
  }
}

function removeReference(reference) {
  const index = references.indexOf(reference);
  references.splice(index, 1);
  URL.revokeObjectURL(reference.url);
  reference.item.remove();
  showReferences();
  (references[index]?.remove ?? references[index - 1]?.remove ?? $("file")).focus();
}

function showReferences() {
  const used = usedReferences();
  const limit = referenceLimit();
  const policy = model.upload_policy;
  $("references").hidden = !takesReferences();
  $("reference-count").textContent = TEXT.count(used.length, limit);
  $("reference-hint").textContent = [TEXT.referenceHint, plainRule(policy?.rule)].filter(Boolean).join(" ");
  $("file").accept = (policy?.kinds ?? ["image"])
    .map((kind) => policy?.per_kind?.[kind]?.mime_types.join() ?? `${kind}/*`)
    .join();
  references.forEach((reference, index) => {
    clearIssue(reference.item);
    reference.item.dataset.path = `references[${index}]`;
    reference.item.classList.toggle("unused", !used.includes(reference));
    reference.note.hidden = used.includes(reference);
    reference.remove.setAttribute("aria-label", TEXT.remove(reference.file.name, index + 1));
    if (!reference.item.isConnected) $("thumbnails").append(reference.item);
    if (used.includes(reference)) void inspect(reference);
  });
  clearIssue($("references"));
  tell(takesReferences() && used.length < references.length ? TEXT.tooMany(limit, model.display_name) : "");
}

/** A rule that says more than the count does. */
const plainRule = (rule) => (/^Up to \d+ image files?\.$/.test(rule ?? "") ? "" : rule);

/**
 * The whole page is the target. The overlay covers it while something is dragged, so leaving the overlay is leaving the
 * page.
 */
function listenForDrops() {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    $("drop-text").textContent = takesReferences() ? TEXT.dropHere : TEXT.noReferences(model.display_name);
    $("drop").classList.toggle("refused", !takesReferences());
    $("drop").hidden = false;
  });
  $("drop").addEventListener("dragleave", () => ($("drop").hidden = true));
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    // Without this, a drop opens the file in place of the page.
    event.preventDefault();
    event.dataTransfer.dropEffect = takesReferences() ? "copy" : "none";
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    $("drop").hidden = true;
    addDropped(event.dataTransfer);
  });
}

// ── Generate ──

/** The request as `client.generate` takes it. Empty fields stay out: the model has its own defaults. */
function readRequest() {
  const params = {};
  for (const { key, type } of model.params) {
    const { value } = $(`param-${key}`);
    if (value !== "") params[key] = type === "number" ? Number(value) : value;
  }
  for (const { key: path } of listFields()) {
    const rows = [...lineLists.get(path).querySelectorAll(".line")];
    const read = (row) =>
      Object.fromEntries([...row.querySelectorAll("[name]")].map(({ name, value }) => [name, value]));
    params[path.replace("params.", "")] = rows.map(read);
  }
  const request = { model: model.id, params, fit: FIT };
  if ($("prompt").value !== "") request.prompt = $("prompt").value;
  const files = usedReferences().map(({ file }) => file);
  if (files.length > 0) request.references = files;
  return request;
}

function submit() {
  if (running) return;
  const request = readRequest();
  // A browser gives no value for "12e" in a number field: only the page can tell it from an empty one.
  const unreadable = model.params.filter(({ key }) => $(`param-${key}`).validity.badInput);
  if (unreadable.length > 0) {
    clearIssues();
    const issues = unreadable.map(({ key }) => ({
      path: `params.${key}`,
      message: TEXT.notANumber,
      severity: "error",
      lang: language,
    }));
    showIssues([...issues, ...client.validate(request)]);
    return;
  }
  void run(request, (options) => client.generate(request, options));
}

/**
 * What earlier visits of this page, or a wait that ended early, have left. What another tab is at is its own business.
 */
async function showLeft() {
  const left = (await client.pending()).filter(({ active }) => !active);
  $("left").replaceChildren(...left.map(leftLine));
  return left;
}

function leftLine(entry) {
  const { state, prompt = "", startedAt } = entry;
  const time = new Date(startedAt).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });
  const take = element("button", { className: "button", type: "button" }, TEXT.takeUp[state]);
  take.addEventListener("click", () => takeUp(entry));
  const forget = element("button", { className: "button", type: "button" }, TEXT.forget);
  forget.addEventListener("click", async () => {
    await client.forget(entry);
    await showLeft();
    $("prompt").focus();
  });
  const text = element("p", {}, TEXT.left[state](TEXT.things[capabilityOf(entry.model)], time));
  return element(
    "li",
    {},
    text,
    element("p", { className: "muted" }, prompt),
    element("p", { className: "choices" }, take, forget),
  );
}

function takeUp(entry) {
  if (running) return;
  $("left").replaceChildren();
  const job = (options) => client.resume(entry, options);
  const known = { sent: true, generation: entry.generationId && { id: entry.generationId } };
  void run({ model: entry.model, prompt: entry.prompt }, job, () => job, known);
}

const capabilityOf = (id) => models.find((each) => each.id === id)?.capability ?? "image";

/** The same request under the same idempotency key: it is safe to repeat. */
const generateAgain = (request) => (idempotencyKey) => (options) =>
  client.generate(request, { ...options, idempotencyKey });

/**
 * Runs a job that ends in a generation, shows how far it is, and fetches what was made. `again(key)` is the job of a
 * repeat; `known`: what was sent before.
 */
async function run(request, job, again = generateAgain(request), known = {}) {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = performance.now();
  const seconds = () => Math.floor((performance.now() - startedAt) / 1000);
  let { sent = false, generation = null } = known;

  // What is waited for was submitted: no repeat of a wait may submit it anew.
  const waitOn = () => {
    const wait = (options) => client.generations.wait(generation.id, options);
    void run(request, wait, () => wait, { sent: true, generation });
  };
  const onProgress = (progress) => {
    sent ||= SUBMITTED_PHASES.includes(progress.phase);
    generation = progress.generation ?? generation;
    showProgress(request, progress);
  };

  running = controller;
  clearIssues();
  $("problem").hidden = true;
  showProgress(request, { phase: "checking" });
  showElapsed(0);
  const clock = setInterval(() => showElapsed(seconds()), 1000);
  setRunning(true);
  try {
    generation = await job({ signal, onProgress });
    const onDownload = (progress) => showProgress(request, { phase: "downloading", ...progress });
    onDownload({});
    const blobs = await client.download(generation, { signal, onProgress: onDownload });
    $("status").textContent = TEXT.done(seconds(), generation.final_credits);
    showResults(request, blobs);
  } catch (error) {
    $("status").textContent = "";
    generation = error?.generation ?? generation;
    const keepWaiting = generation && { label: TEXT.keepWaiting, act: waitOn };
    if (signal.aborted)
      showProblem(sent ? TEXT.cancelledSent : TEXT.cancelledUnsent, { calm: true, again: keepWaiting });
    else if (generation?.status === "succeeded")
      showProblem(TEXT.notFetched, { reason: error.message, again: { label: TEXT.fetchAgain, act: waitOn } });
    else showError(error, request, keepWaiting, (key) => run(request, again(key), again));
  } finally {
    clearInterval(clock);
    running = null;
    setRunning(false);
    void refreshBalance();
    // What this run has left is told by its own message.
    if ($("problem").hidden) void showLeft();
  }
}

function setRunning(isRunning) {
  const hadFocus = document.activeElement === $("cancel");
  // aria-disabled, because a disabled button would lose the keyboard's place.
  $("generate").setAttribute("aria-disabled", String(isRunning));
  $("progress").hidden = !isRunning;
  for (const { bar } of references) bar.hidden = true;
  $("pictures").classList.toggle("waiting", isRunning);
  if (hadFocus) $("generate").focus({ preventScroll: true });
}

function showElapsed(seconds) {
  $("elapsed").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function showProgress(request, progress) {
  const { phase } = progress;
  const words = TEXT.phases[phase];
  const status = typeof words === "function" ? words(progress) : (words[capabilityOf(request.model)] ?? words);
  if ($("status").textContent !== status) $("status").textContent = status;
  // Bars and steps stay where they are: it goes on from there.
  if (phase === "offline") return;

  for (const { file, bar } of references) bar.hidden = phase !== "uploading" || !request.references.includes(file);
  if (phase === "uploading") showUpload(request, progress);
  const done = phase === "uploading" ? uploadedShare(request) : fractionDone(progress);
  // Without a value the bar moves on its own: something happens, and nobody knows how long.
  if (done === null) $("bar").removeAttribute("value");
  else $("bar").value = done;
  if ($("bar").dataset.phase === phase) return;
  $("bar").dataset.phase = phase;

  const stepOf = {
    uploading: "uploading",
    submitting: "queued",
    queued: "queued",
    processing: "processing",
    downloading: "processing",
  };
  const steps = [...$("steps").children].filter((step) => step.dataset.step !== "uploading" || request.references);
  const current = steps.findIndex((step) => step.dataset.step === stepOf[phase]);
  for (const step of $("steps").children) step.hidden = !steps.includes(step);
  steps.forEach((step, index) => {
    step.classList.toggle("done", index < current);
    if (index === current) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  // On a phone the result lies below the form.
  if (phase !== "checking") $("result").scrollIntoView({ block: "nearest" });
}

const referenceOf = (file) => references.find((reference) => reference.file === file);

/** How far one file is, on its thumbnail. */
function showUpload(request, { file, loadedBytes, totalBytes }) {
  const reference = referenceOf(request.references[file]);
  // It may have been taken off the page meanwhile.
  if (reference) reference.bar.value = loadedBytes / totalBytes;
}

function uploadedShare({ references: files }) {
  const sum = (value) => files.reduce((total, file) => total + value(file), 0);
  return sum((file) => (referenceOf(file)?.bar.value ?? 1) * file.size) / sum(({ size }) => size);
}

function fractionDone({ loadedBytes, totalBytes, elapsedMs, expectedMs }) {
  if (totalBytes) return loadedBytes / totalBytes;
  // An estimate, which the last stretch may outlast.
  if (expectedMs) return Math.min(elapsedMs / expectedMs, 0.95);
  return null;
}

function showResults(request, blobs) {
  for (const old of $("pictures").querySelectorAll("[src]")) URL.revokeObjectURL(old.src);
  $("pictures").classList.toggle("several", blobs.length > 1);
  $("pictures").replaceChildren(...blobs.map((blob, index) => figure(request, blob, index)));
}

function figure(request, blob, index) {
  const url = URL.createObjectURL(blob);
  const [kind, format = "bin"] = blob.type.split(/[/;+]/);
  const file = `${request.model}-${index + 1}.${{ jpeg: "jpg", mpeg: "mp3", quicktime: "mov" }[format] ?? format}`;
  const size = element("span", { className: "muted" });
  const plays = kind === "video" || kind === "audio";
  const picture = plays
    ? element(kind, { src: url, controls: true })
    : element("img", { src: url, alt: TEXT.resultAlt(request.prompt) });
  picture.addEventListener("load", () => (size.textContent = `${picture.naturalWidth} × ${picture.naturalHeight}`));
  const download = element("a", { className: "button", href: url, download: file }, TEXT.download);
  return element("figure", { className: "picture" }, picture, element("figcaption", {}, size, download));
}

// ── What went wrong ──

function showError(error, request, keepWaiting, runAgain) {
  if (error.issues?.length > 0) return showIssues(error.issues);
  const { message, reason, again } = explain(error, request, keepWaiting, runAgain);
  showProblem(message, { reason, again, requestId: error.requestId });
}

/** The error in plain words, and what may be done about it. The same idempotency key makes a repeat safe. */
function explain(error, request, keepWaiting, runAgain) {
  const reason = error.message;
  if (!(error instanceof RivyaError)) return { message: TEXT.errors.other, reason };
  const repeat = (label) => ({ label, act: () => runAgain(error.idempotencyKey ?? undefined) });
  // A day later a repeat is no longer safe, and is refused.
  if (error.mayHaveBeenCharged && error.code !== "resume_expired")
    return { message: TEXT.mayHaveBeenCharged, again: repeat(TEXT.tryAgainSafely) };
  if (error.generation && error.generation.status !== "failed")
    return { message: TEXT.stillRunning, again: keepWaiting };
  const words = wordsFor(error);
  const cost = creditsOf(models.find(({ id }) => id === request.model) ?? model);
  return {
    message: typeof words === "function" ? words(error, { cost, balance }) : words,
    reason,
    again: error.retryable ? repeat(TEXT.tryAgain) : null,
  };
}

/** Codes may be new, and a task that failed has codes of its own. `api_key_…` and `upstream_…` are families. */
function wordsFor({ code, generation }) {
  const family = /^(api_key|upstream)_/.exec(code)?.[1];
  return TEXT.errors[code] ?? TEXT.errors[family] ?? (generation ? TEXT.errors.generation_failed : TEXT.errors.other);
}

/** `message` is the page's own; `reason` what the client or the API says of it. */
function showProblem(message, { calm = false, reason = "", requestId = null, again = null } = {}) {
  $("problem-text").textContent = message;
  $("problem-detail").replaceChildren(inEnglish(reason), requestId ? ` ${TEXT.requestId(requestId)}` : "");
  $("again").hidden = !again;
  $("again").textContent = again?.label ?? "";
  $("again").onclick = again?.act ?? null;
  $("problem").classList.toggle("calm", calm);
  $("problem").hidden = false;
  $("problem").focus();
}

const inEnglish = (text) => element("span", { lang: "en" }, text);

/** Puts each issue next to its field, and the keyboard on the first one. */
function showIssues(issues) {
  const elsewhere = [];
  for (const { path, message, severity, lang } of issues) {
    if (severity !== "error") continue;
    const field = fieldOf(path);
    if (field) showIssue(field, path, sentence(message), lang);
    else elsewhere.push(sentence(path === "" ? message : `${path} ${message}`));
  }
  const invalid = document.querySelectorAll(".invalid");
  if (elsewhere.length > 0) showProblem(TEXT.invalid(elsewhere.length), { reason: elsewhere.join(" ") });
  else $("status").textContent = TEXT.invalid(invalid.length);
  document.querySelector("[aria-invalid], .invalid button")?.focus();
  invalid[0]?.scrollIntoView({ block: "nearest" });
}

/**
 * The field of a path: `params.dialogue[1].text` is shown at the nearest that the page has, here `params.dialogue[1]`.
 */
function fieldOf(path) {
  for (
    let rest = path.replace(/^params\.referenceMediaItems/, "references");
    rest !== "";
    rest = rest.replace(/(^|\.|\[)[^.[]*$/, "")
  ) {
    const field = document.querySelector(`#form [data-path="${CSS.escape(rest)}"]`);
    if (field && !field.closest("[hidden]")) return field;
  }
  return null;
}

function showIssue(field, path, message, lang = "en") {
  const line = field.querySelector(":scope > .error");
  const words = lang === language ? "" : wordsAbout(field, path);
  if (words !== "" && !line.textContent.includes(words)) line.append(words, " ");
  line.append(element("span", { lang }, message), " ");
  line.hidden = false;
  line.id ||= `error-${field.dataset.path}`;
  field.classList.add("invalid");
  const controls = controlsOf(field);
  const named = controls.filter(({ name }) => name !== "" && path.endsWith(`.${name}`));
  for (const control of named.length > 0 ? named : controls) {
    if (control.type !== "button") control.setAttribute("aria-invalid", "true");
    describe(control, line.id, true);
  }
}

/** What the page itself says of an issue: the client's words have more in them, and are English. */
function wordsAbout(field, path) {
  const words = TEXT.issues[path.split(/[.[]/)[0]];
  const isEmpty = controlsOf(field).every(({ value }) => value === "");
  return words?.({ isEmpty, limit: model.prompt_limit_chars }) ?? "";
}

function clearIssue(field) {
  if (!field.classList.contains("invalid")) return;
  const line = field.querySelector(":scope > .error");
  for (const control of controlsOf(field)) {
    control.removeAttribute("aria-invalid");
    describe(control, line.id, false);
  }
  field.classList.remove("invalid");
  line.hidden = true;
  line.textContent = "";
  line.id = "";
}

/** Takes the marks off every field. */
function clearIssues() {
  for (const field of document.querySelectorAll(".invalid")) clearIssue(field);
  if (!running) $("status").textContent = "";
}

/** A remark next to the reference files, or in the general place where the model takes none. */
function tell(message) {
  const line = $("references").querySelector(":scope > .error");
  line.textContent = message;
  line.hidden = message === "";
  if (!takesReferences() && !running) $("status").textContent = message;
}

const CONTROLS = ":scope > :is(textarea, select, input), :scope > .pick > input, :scope > .thumbnail > button";
const controlsOf = (field) => [...field.querySelectorAll(CONTROLS)];

function describe(control, id, add) {
  const ids = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each !== "" && each !== id);
  if (add) ids.push(id);
  if (ids.length > 0) control.setAttribute("aria-describedby", ids.join(" "));
  else control.removeAttribute("aria-describedby");
}

// ── Small tools ──

const errorLine = () => element("p", { className: "error", hidden: true });

/** An element with properties or, where it has no such property, attributes. */
function element(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** `aspectRatio` and `aspect_ratio` in words: "Aspect ratio". */
function wordsOf(key) {
  const words = key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The API's names are English; the page's language may have its own. */
const labelOf = (key) => TEXT.params[plainKey(key)] ?? wordsOf(key);

/** The client's messages continue a path ("prompt: is missing"); next to a field they stand by themselves. */
const sentence = (message) => `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}.`;

const plainKey = (key) => key.replaceAll("_", "").toLowerCase();

await start();
