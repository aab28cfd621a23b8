/** Attributes for Zipkin's data without a name in OpenTelemetry. */

/** On resources: the rest of the local endpoint. It also marks spans that came from Zipkin. */
export const localEndpointKey: string = 'zipkin.local_endpoint';
/** On spans: the rest of the remote endpoint. It has a `serviceName` only if `peer.service` is a tag. */
export const remoteEndpointKey: string = 'zipkin.remote_endpoint';
export const debugKey: string = 'zipkin.debug';
export const sharedKey: string = 'zipkin.shared';
export const timestampMissingKey: string = 'zipkin.timestamp_missing';
