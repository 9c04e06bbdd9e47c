// What an image was made of: parent image and components as they were resolved for its build.

export type ComponentBuild = { name: string; version: string; build: number };

export type Ancestry = {
  parentImage: { id: string; arn?: string };
  components: ComponentBuild[];
  /** `name/1.0.0` */
  recipe: string;
  /** Of the recipe and its files, as they were registered. */
  contentHash: string;
};
