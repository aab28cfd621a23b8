export function MapScreen() {
  return <h1>Map</h1>;
}
