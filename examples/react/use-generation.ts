import { useCallback, useEffect, useRef, useState } from "react";
import type { Client, GenerateRequest, ModelId, Progress, SucceededGeneration } from "rivya-wasm";

interface State {
  isRunning: boolean;
  progress: Progress | null;
  result: SucceededGeneration | null;
  error: unknown;
}
const IDLE: State = { isRunning: false, progress: null, result: null, error: null };

/** One generation at a time. It is left alone when the component goes, or when another client comes. */
export function useGeneration(client: Client) {
  const [state, setState] = useState(IDLE);
  const current = useRef<AbortController | null>(null);

  const stop = useCallback(() => {
    current.current?.abort();
    current.current = null;
  }, []);
  useEffect(() => {
    setState(IDLE); // what another client made is another account's
    return stop;
  }, [client, stop]);

  const generate = useCallback(async <M extends ModelId>(request: GenerateRequest<M>) => {
    if (current.current !== null) return; // a second click is not a second picture
    const run = (current.current = new AbortController());
    // Who was stopped has nothing to say any more: its component may be gone, or show the next run.
    const show = (next: Partial<State>) => void (current.current === run && setState({ ...IDLE, ...next }));
    show({ isRunning: true });
    try {
      const onProgress = (progress: Progress) => show({ isRunning: true, progress });
      show({ result: await client.generate(request, { signal: run.signal, onProgress }) });
    } catch (error) {
      show({ error });
    } finally {
      if (current.current === run) current.current = null;
    }
  }, [client]);

  const cancel = useCallback(() => {
    if (current.current === null) return; // a picture that is there stays
    stop();
    setState(IDLE);
  }, [stop]);

  return { generate, cancel, ...state };
}
