//! Parameters on their way to the server.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments as _, Encode, Postgres, Type};
use toolbay_kernel::sql::SqlValue;

/// What the server finds out by itself.
const UNKNOWN: Oid = Oid(0);

/// A parameter, sent as the type that its value has. A NULL has none, and the server takes the one that it expects.
struct Parameter<'a>(&'a SqlValue);

fn type_of(value: &SqlValue) -> PgTypeInfo {
    match value {
        SqlValue::Null => PgTypeInfo::with_oid(UNKNOWN),
        SqlValue::Boolean(_) => <bool as Type<Postgres>>::type_info(),
        SqlValue::Integer(_) => <i64 as Type<Postgres>>::type_info(),
        SqlValue::Real(_) => <f64 as Type<Postgres>>::type_info(),
        SqlValue::Text(_) => <str as Type<Postgres>>::type_info(),
        SqlValue::Blob(_) => <[u8] as Type<Postgres>>::type_info(),
    }
}

impl Type<Postgres> for Parameter<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNKNOWN)
    }
}

impl<'q> Encode<'q, Postgres> for Parameter<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            SqlValue::Null => Ok(IsNull::Yes),
            SqlValue::Boolean(value) => <bool as Encode<Postgres>>::encode_by_ref(value, buffer),
            SqlValue::Integer(value) => <i64 as Encode<Postgres>>::encode_by_ref(value, buffer),
            SqlValue::Real(value) => <f64 as Encode<Postgres>>::encode_by_ref(value, buffer),
            SqlValue::Text(value) => <String as Encode<Postgres>>::encode_by_ref(value, buffer),
            SqlValue::Blob(value) => <Vec<u8> as Encode<Postgres>>::encode_by_ref(value, buffer),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(type_of(self.0))
    }
}

/// The types of parameters, in their order.
pub(super) fn types(parameters: &[SqlValue]) -> Vec<PgTypeInfo> {
    parameters.iter().map(type_of).collect()
}

/// The parameters as they are sent.
pub(super) fn encoded(parameters: &[SqlValue]) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for value in parameters {
        arguments.add(Parameter(value))?;
    }
    Ok(arguments)
}
