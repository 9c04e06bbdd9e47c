// What an image was made of: parent image and components as they were resolved for its build.

export type ComponentBuild = { name: string; version: string; build: number };

export type Ancestry = {
  /** `arn` when the parent is an image that was built here, however it was named; `reference` is what the recipe says. */
  parentImage: { id: string; reference?: string; arn?: string };
  /** In the order of the recipe. */
  components: ComponentBuild[];
  /** Those that documents run by ExecuteDocument, by the reference there; absent where there are none. */
  documents?: (ComponentBuild & { reference: string })[];
  /** `name/1.0.0` */
  recipe: string;
  /** Of the recipe and its files, as they were registered. */
  contentHash: string;
};
