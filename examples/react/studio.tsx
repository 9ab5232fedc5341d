import { useEffect, useState } from "react";
import type { FormEvent } from "react";
import type { Client, SucceededGeneration } from "rivya-wasm";
import { useGeneration } from "./use-generation";

export function Studio({ client }: { client: Client }) {
  const { generate, cancel, isRunning, progress, result, error } = useGeneration(client);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void generate({ model: "nano-banana-2", prompt: String(new FormData(event.currentTarget).get("prompt")) });
  };
  return (
    <form onSubmit={submit}>
      <input name="prompt" aria-label="Prompt" required />
      <button type="submit" disabled={isRunning}>
        Make it
      </button>
      <button type="button" onClick={cancel} disabled={!isRunning}>
        Stop waiting
      </button>
      <p role="status">{progress?.phase}</p>
      {error !== null && <p role="alert">{String(error)}</p>}
      {result !== null && <Picture client={client} generation={result} />}
    </form>
  );
}

/** Downloads what was made: how long it can be had where it lies is not documented. */
function Picture({ client, generation }: { client: Client; generation: SucceededGeneration }) {
  const [url, setUrl] = useState<string>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const leaving = new AbortController();
    let made: string | undefined;
    client.download(generation, { signal: leaving.signal }).then(
      ([picture]) => {
        if (leaving.signal.aborted || picture === undefined) return;
        made = URL.createObjectURL(picture);
        setUrl(made);
      },
      (reason) => leaving.signal.aborted || setError(reason),
    );
    return () => {
      leaving.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [client, generation]);
  if (error !== undefined) return <p role="alert">{String(error)}</p>;
  return url === undefined ? null : <img src={url} alt="What was made" />;
}
