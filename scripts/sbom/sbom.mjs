// `npm run sbom [-- <folder>]`: writes what each published package consists of, bundled libraries included, as CycloneDX 1.6.
// Without a folder it only checks that the documents are valid.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { installTools } from '../install-tools.mjs';
import { installDependencies, packageFolders, root } from '../setup.mjs';

installDependencies();
installTools('scripts/sbom');
// Loaded here, since it is installed only now.
const { Contrib, Enums, Models, Serialize, Spec, Validation } = await import('@cyclonedx/cyclonedx-library');

const out = process.argv[2];

const builder = new Contrib.FromNodePackageJson.Builders.ComponentBuilder(
  new Contrib.FromNodePackageJson.Factories.ExternalReferenceFactory(),
  new Contrib.License.Factories.LicenseFactory(),
);
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

if (out !== undefined) mkdirSync(out, { recursive: true });
for (const folder of packageFolders()) {
  const bom = describe(folder);
  const text = `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
  const problem = await validator.validate(text);
  if (problem !== null) throw new Error(`The document of ${folder} is not valid: ${JSON.stringify(problem)}`);
  const name = `${folder.replace('packages/', '')}.cdx.json`;
  if (out !== undefined) writeFileSync(resolve(out, name), text);
  console.log(`${name}: ${bom.components.size} components`);
}

/** @param {string} folder */
function describe(folder) {
  const manifest = readManifest(`${root}/${folder}`);
  const bom = new Models.Bom();
  const self = componentOf(manifest, Enums.ComponentType.Library);
  bom.metadata.component = self;
  for (const bundled of folder === 'packages/waymark' ? bundledPackages() : []) add(bom, self, bundled, 'required');
  for (const name of Object.keys(manifest.dependencies ?? {})) add(bom, self, installed(folder, name), 'required');
  for (const name of Object.keys(manifest.peerDependencies ?? {})) {
    const isOptional = manifest.peerDependenciesMeta?.[name]?.optional === true;
    add(bom, self, installed(folder, name), isOptional ? 'optional' : 'required');
  }
  return bom;
}

function add(bom, self, manifest, scope) {
  const component = componentOf(manifest, Enums.ComponentType.Library);
  component.scope = scope === 'required' ? Enums.ComponentScope.Required : Enums.ComponentScope.Optional;
  bom.components.add(component);
  self.dependencies.add(component.bomRef);
}

function componentOf(manifest, type) {
  const component = builder.makeComponent(manifest, type);
  component.purl = `pkg:npm/${manifest.name.replace('@', '%40')}@${manifest.version}`;
  component.bomRef.value = component.purl;
  return component;
}

/** The libraries whose code is in the bundles, by name, version and licence. */
function bundledPackages() {
  const script = `${root}/packages/waymark/scripts/bundled-packages.mjs`;
  return JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })).map(
    ({ name, version, license }) => ({ name, version, license }),
  );
}

/** The version that our tests run with: what a user gets may be another one of the range. */
function installed(folder, name) {
  return readManifest(`${root}/${folder}/node_modules/${name}`);
}

function readManifest(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
}
