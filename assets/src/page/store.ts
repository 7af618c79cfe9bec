// IndexedDB as promises, and no more of it than the copies of pages need.

/** A copy in its cipher. */
export interface Copy {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

/** What is stored, by the name of its part: a tab's copies by tab and address, and when a tab was seen last. */
interface Parts {
  copies: { key: [tab: string, address: string]; value: Copy };
  tabs: { key: string; value: number };
}

/** The parts of the database, which is opened, and made if it is not there, when it is needed. */
export class Store {
  /** The connection, as long as it is not known to be closed. */
  #connection: Promise<IDBDatabase> | undefined;

  async read<Part extends keyof Parts>(part: Part, key: Parts[Part]["key"]): Promise<Parts[Part]["value"] | undefined> {
    return (await this.#in(part, "readonly", (store) => store.get(key))) as Parts[Part]["value"] | undefined;
  }

  async has<Part extends keyof Parts>(part: Part, key: Parts[Part]["key"]): Promise<boolean> {
    return (await this.#in(part, "readonly", (store) => store.count(key))) > 0;
  }

  async write<Part extends keyof Parts>(part: Part, key: Parts[Part]["key"], value: Parts[Part]["value"]): Promise<void> {
    await this.#in(part, "readwrite", (store) => store.put(value, key));
  }

  async remove<Part extends keyof Parts>(part: Part, key: Parts[Part]["key"] | IDBKeyRange): Promise<void> {
    await this.#in(part, "readwrite", (store) => store.delete(key));
  }

  async clear(part: keyof Parts): Promise<void> {
    await this.#in(part, "readwrite", (store) => store.clear());
  }

  /** When each tab was seen last. */
  async entries(part: "tabs"): Promise<[string, number][]> {
    const keys = await this.#in(part, "readonly", (store) => store.getAllKeys());
    const found: [string, number][] = [];
    for (const key of keys) {
      if (typeof key === "string") found.push([key, (await this.read(part, key)) ?? 0]);
    }
    return found;
  }

  /** Does one thing; it is done when it is safely stored. */
  async #in<Result>(part: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
    const connection = (this.#connection ??= this.#connect());
    try {
      const database = await connection;
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(part, mode);
        const request = act(transaction.objectStore(part));
        transaction.oncomplete = () => { resolve(request.result); };
        transaction.onabort = () => { reject(transaction.error ?? new Error("the browser has given up storing")); };
      });
    } catch (error) {
      // It may be the connection: not every browser tells when it has closed one.
      this.#leave(connection);
      throw error;
    }
  }

  #connect(): Promise<IDBDatabase> {
    const connection = openDatabase(() => { this.#leave(connection); });
    return connection;
  }

  /** Closes a connection. The next thing is done by another. */
  #leave(connection: Promise<IDBDatabase>): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.then((database) => { database.close(); }, () => undefined);
  }
}

/** Opens the database. ended is called when the connection has ended, or should. */
function openDatabase(ended: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("ephemeral", 1);
    request.onupgradeneeded = () => {
      for (const part of ["copies", "tabs"]) request.result.createObjectStore(part);
    };
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = ended;
      // Another tab wants to delete or change the database: do not stand in its way.
      database.onversionchange = ended;
      resolve(database);
    };
    request.onerror = () => { reject(request.error ?? new Error("the browser does not open its database")); };
  });
}

/** Deletes all copies of a tab, and that it was ever seen. */
export async function deleteCopiesOf(store: Store, tab: string): Promise<void> {
  // Keys are compared part by part, and an array comes behind every text.
  await store.remove("copies", IDBKeyRange.bound([tab], [tab, []]));
  await store.remove("tabs", tab);
}
