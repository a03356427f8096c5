/** The model, or the code, is nothing that can be explored: no verdict about the lock. */
export class CannotExplore extends Error {
  constructor(why: string) {
    super(`Cannot explore: ${why}`);
    this.name = "CannotExplore";
  }
}
