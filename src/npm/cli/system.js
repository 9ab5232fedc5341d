// Errors of the platform, which are told apart by their code (`ENOENT`).

/**
 * The code of an error; undefined where it has none.
 *
 * @param {unknown} error
 */
export const codeOf = (error) =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
