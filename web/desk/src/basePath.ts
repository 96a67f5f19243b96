/** Where the server serves the desk; addresses within the router come without it. */
export const BASE_PATH = "/desk";
