export function ErrorsScreen() {
  return <h1>Errors</h1>;
}
