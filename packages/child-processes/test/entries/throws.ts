/** Throws while it loads. */
throw new Error("not in the mood");
