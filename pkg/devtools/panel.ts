/** A view of the dashboard that another component provides, such as an integration. */
export interface Panel {
  readonly title: string;
  /** Returns the tables of the view. Called once per second while the view is open. */
  read(): Promise<readonly PanelTable[]>;
}

export interface PanelTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Shown instead of a table without rows. */
  readonly empty: string;
}
