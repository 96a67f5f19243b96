/**
 * A place for small strings that outlives a reload where the browser lets us. Private windows and
 * blocked third-party storage throw: then this page's memory has to do.
 */
export interface Storage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

export function memoryStorage(): Storage {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}

export function browserStorage(): Storage {
  const memory = memoryStorage();
  const attempt = <T>(local: (store: globalThis.Storage) => T, fallback: () => T): T => {
    try {
      return local(localStorage);
    } catch {
      return fallback();
    }
  };
  return {
    get: (key) =>
      attempt(
        (store) => store.getItem(key),
        () => null,
      ) ?? memory.get(key),
    set: (key, value) =>
      attempt(
        (store) => store.setItem(key, value),
        () => memory.set(key, value),
      ),
    remove: (key) => {
      memory.remove(key);
      attempt(
        (store) => store.removeItem(key),
        () => undefined,
      );
    },
  };
}
