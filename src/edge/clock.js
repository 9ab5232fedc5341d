// The clock of time limits.

/** Milliseconds of the platform's monotonic clock: one that is set back must not stop a wait. */
export const now = () => performance.now();
