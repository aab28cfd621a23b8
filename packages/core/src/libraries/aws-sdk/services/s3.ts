/**
 * S3: `S3/GetObject`, with the bucket. The key of an object may name a person, so it is recorded only if the option `objectKeys` asks for it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/object-stores/s3/
 */
import { currentContext } from '../../../active-context.ts';
import { optionsOf } from '../../caller.ts';
import { numberIn, stringIn } from '../input-value.ts';
import type { Service } from '../service.ts';

export const s3: Service = {
  describe({ input }, attributes) {
    const bucket = stringIn(input, 'Bucket');
    if (bucket !== undefined) attributes.push('aws.s3.bucket', bucket);
    const uploadId = stringIn(input, 'UploadId');
    if (uploadId !== undefined) attributes.push('aws.s3.upload_id', uploadId);
    const part = numberIn(input, 'PartNumber');
    if (part !== undefined) attributes.push('aws.s3.part_number', part);
    const context = currentContext();
    if (context === undefined || optionsOf('aws-sdk', context)?.objectKeys !== true) return undefined;
    const key = stringIn(input, 'Key');
    if (key !== undefined) attributes.push('aws.s3.key', key);
    const source = stringIn(input, 'CopySource');
    if (source !== undefined) attributes.push('aws.s3.copy_source', source);
    return undefined;
  },
};
