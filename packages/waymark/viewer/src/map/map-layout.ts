/** The messages to and from the layout worker. */
export interface LayoutRequest {
  readonly direction: 'LR' | 'TB';
  readonly nodes: readonly { readonly name: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly width: number;
    readonly height: number;
  }[];
}

export interface MapLayout {
  readonly direction: LayoutRequest['direction'];
  readonly width: number;
  readonly height: number;
  /** The centre of each box, by service name. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** The points of each line and the centre of its label, by `edgeId`. */
  readonly edges: ReadonlyMap<string, { readonly points: readonly Point[]; readonly label: Point }>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Lays out a graph in a worker, and stops the worker afterwards. */
export function layOut(request: LayoutRequest, signal: AbortSignal): Promise<MapLayout> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/map-layout-worker.js');
    const end = () => worker.terminate();
    signal.addEventListener('abort', end);
    worker.onmessage = (event: MessageEvent<MapLayout>) => {
      end();
      resolve(event.data);
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(`The map layout failed: ${event.message}`));
    };
    worker.postMessage(request);
  });
}
