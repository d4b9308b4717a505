output "stores" {
  description = "The section [stores] of autoclave.toml; make an access key for each user by hand."
  value = {
    kind      = "s3"
    endpoint  = "https://s3.${aws_s3_bucket.zone["audit"].region}.amazonaws.com"
    region    = aws_s3_bucket.zone["audit"].region
    prefix    = var.prefix
    principal = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:user/${var.prefix}-{identity}"
    lock_mode = lower(var.lock_mode)
    lock_days = var.lock_days
  }
}
