import { useCallback, useEffect, useRef, useState } from "react";
import type { Client, GenerateRequest, ModelId, Progress, SucceededGeneration } from "rivya-wasm";

const IDLE = {
  isRunning: false,
  progress: null as Progress | null,
  result: null as SucceededGeneration | null,
  error: null as unknown,
};

/** One generation at a time. It is left alone when the component goes, or when another client comes. */
export function useGeneration(client: Client) {
  const [state, setState] = useState(IDLE);
  const current = useRef<AbortController | null>(null);
  const stop = useCallback(() => {
    current.current?.abort();
    current.current = null;
    setState(IDLE);
  }, []);
  useEffect(() => stop, [client, stop]); // what another client made is another account's

  const generate = useCallback(
    async <M extends ModelId>(request: GenerateRequest<M>) => {
      if (current.current !== null) return; // a second click is not a second picture
      const run = new AbortController();
      current.current = run;
      // Who was stopped has nothing to say any more: its component may be gone, or show the next run.
      const show = (next: Partial<typeof IDLE>) => void (run.signal.aborted || setState({ ...IDLE, ...next }));
      show({ isRunning: true });
      const onProgress = (progress: Progress) => show({ isRunning: true, progress });
      await client.generate(request, { signal: run.signal, onProgress }).then(
        (result) => show({ result }),
        (error) => show({ error }),
      );
      if (current.current === run) current.current = null;
    },
    [client],
  );

  const cancel = useCallback(() => {
    if (current.current !== null) stop();
  }, [stop]); // a picture that is there stays
  return { generate, cancel, ...state };
}
