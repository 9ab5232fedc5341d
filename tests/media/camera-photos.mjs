/**
 * Photos by real cameras: those that exiftool (Debian's source package) and piexif (its source package on PyPI) are
 * tested with. They are fetched when they are needed, into target/, and checked by their digests: nothing of them is
 * part of this repository.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWith, runPython } from "../support/python.mjs";

const run = promisify(execFile);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const KEPT = path("../../target/camera-photos");
/** A registry that takes longer is down: seconds are what it takes. */
const LIMIT_MS = 60_000;
const DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

const ARCHIVES = [
  {
    name: "libimage-exiftool-perl_12.57+dfsg.orig.tar.xz",
    sha256: "9de7ccd6ed6adf92038c8d943b1960d087b58c00b3924d19f61a1d774b7610fc",
    fetch: (folder) => debianSource("libimage-exiftool-perl=12.57+dfsg-1", "bookworm", folder),
  },
  {
    name: "piexif-1.1.3.zip",
    sha256: "83cb35c606bf3a1ea1a8f0a25cb42cf17e24353fd82e87ae3884e74a302a5f1b",
    fetch: (folder) => pypiSource(path("camera-photos-source.txt"), folder),
  },
];

/** Writes the photos into `folder`, which is new. */
export async function writeCameraPhotos(folder) {
  const archives = [];
  for (const archive of ARCHIVES) archives.push(await kept(archive));
  await runPython(await pythonWith(path("camera-photos-requirements.txt"), "setuptools"), [
    path("camera-photos.py"),
    folder,
    ...archives,
  ]);
}

/** Where an archive lies, fetched once. */
async function kept({ name, sha256, fetch }) {
  const place = join(KEPT, name);
  const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  if (existsSync(place) && digest(place) === sha256) return place;
  const advice = `Its photos are needed by tests/media/camera-photos. It may be put there by hand: ${place}, SHA-256 ${sha256}`;
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-source-"));
  try {
    await fetch(folder);
    const found = digest(join(folder, name));
    if (found !== sha256) throw new Error(`its SHA-256 is ${found}`);
    mkdirSync(KEPT, { recursive: true });
    // By way of a name of its own: the two folders may be on different disks, and a file half written must not be taken
    // for a whole one.
    const fresh = `${place}.${process.pid}`;
    writeFileSync(fresh, readFileSync(join(folder, name)));
    renameSync(fresh, place);
  } catch (error) {
    const why = error.killed ? `it took over ${LIMIT_MS / 1000} s` : error.message;
    throw new Error(`${name} could not be fetched: ${why}\n${advice}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return place;
}

/**
 * From the mirror that this machine takes its packages from, whichever of Debian's releases it runs; with lists of its
 * own, so that those of the machine stay as they are.
 */
async function debianSource(source, suite, folder) {
  const { stdout } = await run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI) $(COMPONENT)",
    "Created-By: Packages",
  ]);
  const mirror = stdout
    .split("\n")
    .map((line) => line.split(" "))
    .find(([uri, component]) => component === "main" && /\/debian\/?$/.test(uri))?.[0];
  if (mirror === undefined) throw new Error("this machine knows no mirror of Debian's");
  const state = join(folder, "apt");
  mkdirSync(join(state, "lists/partial"), { recursive: true });
  const list = join(state, "sources.list");
  writeFileSync(
    list,
    `deb-src ${existsSync(DEBIAN_KEYS) ? `[signed-by=${DEBIAN_KEYS}] ` : ""}${mirror} ${suite} main\n`,
  );
  const own = {
    "Dir::Etc::sourcelist": list,
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(state, "lists"),
    "Dir::Cache": state,
  };
  const options = Object.entries({
    ...own,
    "APT::Sandbox::User": "",
    "Acquire::Retries": 2,
    "Acquire::http::Timeout": 20,
    "APT::Update::Error-Mode": "any",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const aptGet = (...command) => run("apt-get", ["-q", ...options, ...command], { cwd: folder, timeout: LIMIT_MS });
  await aptGet("update");
  await aptGet("source", "--download-only", "--tar-only", source);
}

/**
 * pip asks a source package for its metadata, which runs its setup.py: with tools of ours, not with the newest ones of
 * today.
 */
async function pypiSource(requirements, folder) {
  const { python, env } = await pythonWith(path("camera-photos-requirements.txt"), "setuptools");
  const options = [
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--no-binary",
    ":all:",
    "--no-build-isolation",
    "--require-hashes",
  ];
  await run(python, ["-m", "pip", "download", ...options, "--dest", folder, "-r", requirements], {
    env,
    timeout: LIMIT_MS,
  });
}
